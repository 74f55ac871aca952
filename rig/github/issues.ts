import { z } from 'zod'

/** An issue as the REST API returns it, reduced to the fields that the suite reads. */
export type IssueJson = {
  number: number
  html_url: string
  state: 'open' | 'closed'
  state_reason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null
  title: string
  body: string | null
  user: { login: string; type: 'User' | 'Bot' }
  author_association: string
  labels: { name: string }[]
  pull_request?: { url: string }
}

/** The permissions of the token and the settings of the repository. */
export type IssuePermissions = {
  /** Default write. */
  issues?: 'write' | 'read' | 'none'
  /** The repository has issues. Default true. */
  enabled?: boolean
  /** Without this permission, GitHub silently drops the labels. Default true. */
  labels?: boolean
}

export type IssueResponse = { status: number; body: unknown; link?: string }

export type IssueStore = {
  issues: IssueJson[]
  comments: { issue: number; body: string }[]
  /** All writes, in order: "POST /issues", "PATCH /issues/3". */
  writes: string[]
  permissions: IssuePermissions
  /** @param path below /repos/{owner}/{repo}, with its query. @returns undefined for an unknown operation */
  handleRequest: (
    method: string,
    path: string,
    body: () => Promise<unknown>,
  ) => Promise<IssueResponse | undefined>
}

/** After GitHub's documentation ("Create an issue", "Update an issue", "Create an issue comment"). */
const text = (maxLength: number) => z.string().max(maxLength)
const label = z.union([z.string(), z.strictObject({ name: z.string() })])
const creation = z.strictObject({
  title: text(256).min(1),
  body: text(65_536).nullish(),
  labels: z.array(label).optional(),
})
const change = z.strictObject({
  title: text(256).min(1).optional(),
  body: text(65_536).nullish(),
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'reopened', 'duplicate']).nullish(),
})
const comment = z.strictObject({ body: text(65_536).min(1) })
const page = z.coerce.number().int().min(1)
const listing = z.strictObject({
  labels: z.string().optional(),
  state: z.enum(['open', 'closed', 'all']).default('open'),
  sort: z.enum(['created', 'updated', 'comments']).default('created'),
  direction: z.enum(['asc', 'desc']).default('desc'),
  per_page: page.max(100).default(30),
  page: page.default(1),
})

/** Creates the issues of one repository. The author of each is the token of the workflow. */
export const createIssueStore = (repository: string, address: () => string): IssueStore => {
  const store: IssueStore = {
    issues: [],
    comments: [],
    writes: [],
    permissions: {},
    async handleRequest(method, path, body) {
      const { pathname, searchParams } = new URL(path, 'http://github.test')
      const [, number, comments] = /^\/issues(?:\/(\d+)(\/comments)?)?$/.exec(pathname) ?? []
      if (!/^\/issues(\/\d+(\/comments)?)?$/.test(pathname)) return undefined
      if (number === undefined && method === 'GET') return list(searchParams)
      const known =
        (method === 'POST' && (!number || comments)) || (method === 'PATCH' && number && !comments)
      if (!known) return undefined
      const denied = checkPermission(true)
      if (denied) return denied
      if (number === undefined) return create(await body())
      const issue = store.issues.find((one) => one.number === Number(number))
      if (!issue) return { status: 404, body: { message: 'Not Found' } }
      return comments ? addComment(issue, await body()) : update(issue, await body())
    },
  }

  const checkPermission = (writing: boolean): IssueResponse | undefined => {
    const { issues = 'write', enabled = true } = store.permissions
    if (issues === 'none' || (writing && issues === 'read'))
      return { status: 403, body: { message: 'Resource not accessible by integration' } }
    if (!enabled) return { status: 410, body: { message: 'Issues has been disabled in this repository.' } }
    return undefined
  }

  const list = (query: URLSearchParams): IssueResponse => {
    const denied = checkPermission(false)
    if (denied) return denied
    const parsed = listing.safeParse(Object.fromEntries(query))
    if (!parsed.success) return validationFailed(parsed.error)
    const { labels = '', state, direction, per_page, page } = parsed.data
    const requiredLabels = labels.split(',').filter(Boolean)
    const found = store.issues
      .filter((one) => state === 'all' || one.state === state)
      .filter((one) => requiredLabels.every((name) => one.labels.some((has) => has.name === name)))
      .sort((one, other) => (direction === 'desc' ? other.number - one.number : one.number - other.number))
    const rest = found.length > page * per_page
    query.set('page', String(page + 1))
    const next = `${address()}/repos/${repository}/issues?${query}`
    return {
      status: 200,
      body: found.slice((page - 1) * per_page, page * per_page),
      ...(rest && { link: `<${next}>; rel="next", <${next}>; rel="last"` }),
    }
  }

  const create = (body: unknown): IssueResponse => {
    const parsed = creation.safeParse(body)
    if (!parsed.success) return validationFailed(parsed.error)
    const { title, body: description = null, labels = [] } = parsed.data
    const number = 1 + Math.max(0, ...store.issues.map((one) => one.number))
    const names = labels.map((one) => (typeof one === 'string' ? { name: one } : one))
    const issue: IssueJson = {
      number,
      html_url: `https://github.com/${repository}/issues/${number}`,
      state: 'open',
      state_reason: null,
      title,
      body: description,
      user: { login: 'github-actions[bot]', type: 'Bot' },
      author_association: 'NONE',
      labels: store.permissions.labels === false ? [] : names,
    }
    store.issues.push(issue)
    store.writes.push('POST /issues')
    return { status: 201, body: issue }
  }

  const update = (issue: IssueJson, body: unknown): IssueResponse => {
    const parsed = change.safeParse(body)
    if (!parsed.success) return validationFailed(parsed.error)
    const changes = Object.entries(parsed.data).filter(([, value]) => value !== undefined)
    Object.assign(issue, Object.fromEntries(changes))
    store.writes.push(`PATCH /issues/${issue.number}`)
    return { status: 200, body: issue }
  }

  const addComment = (issue: IssueJson, body: unknown): IssueResponse => {
    const parsed = comment.safeParse(body)
    if (!parsed.success) return validationFailed(parsed.error)
    store.comments.push({ issue: issue.number, body: parsed.data.body })
    store.writes.push(`POST /issues/${issue.number}/comments`)
    return { status: 201, body: { id: store.comments.length, body: parsed.data.body } }
  }
  return store
}

const validationFailed = ({ issues }: z.ZodError): IssueResponse => ({
  status: 422,
  body: {
    message: 'Validation Failed',
    errors: issues.map(({ path, message }) => ({ resource: 'Issue', field: path.join('.'), message })),
  },
})
