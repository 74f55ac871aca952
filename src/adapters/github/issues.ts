import * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { IssueSeen } from '../../domain/reconcile-issue.ts'
import { type Answer, type GitHubConnection, type GitHubRequest, requestTo } from './request.ts'

export interface Issues {
  /** Every issue with this label, open or closed, the newest first. Pull requests are none. */
  labelled(label: string): Promise<IssueSeen[]>
  create(issue: { title: string; body: string; label: string }): Promise<IssueSeen>
  update(number: number, change: { title?: string; body?: string; close?: true }): Promise<IssueSeen>
  comment(number: number, body: string): Promise<void>
}

const PER_PAGE = 100
/** Ours are few: one for each time that a model disagreed. */
const MOST_PAGES = 20
/** What a person with a say in the repository is to it. Everybody else may write an issue that looks like ours. */
const INSIDERS = ['OWNER', 'MEMBER', 'COLLABORATOR']

const issue = z
  .object({
    number: z.number(),
    html_url: z.string(),
    state: z.string(),
    title: z.string(),
    body: z.string().nullish(),
    user: z.object({ type: z.string() }).nullish(),
    author_association: z.string().default('NONE'),
    labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).default([]),
    pull_request: z.unknown().optional(),
  })
  .transform((raw) => ({
    number: raw.number,
    url: raw.html_url,
    open: raw.state === 'open',
    title: raw.title,
    body: raw.body ?? '',
    trusted: raw.user?.type === 'Bot' || INSIDERS.includes(raw.author_association),
    labels: raw.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
    isPull: raw.pull_request !== undefined,
  }))

/** @param repository owner/name; @throws Fault with the missing permission, or what else GitHub said */
export function issuesOf(connection: GitHubConnection, repository: string): Issues {
  const request = requestTo(connection)
  const root = `/repos/${repository}/issues`
  const ask = async (question: Omit<GitHubRequest, 'permission'>): Promise<Answer> => {
    const answer = await request({ ...question, permission: 'issues: write' }).catch(rethrown)
    if (answer.status !== 404) return answer
    throw new Fault({
      system: 'GitHub',
      call: `${question.method ?? 'GET'} ${question.path}`,
      status: 404,
      said: 'there is nothing of that name for this token',
      next: 'Give the job "permissions: issues: write" and its token as github-token.',
    })
  }
  const one = async (question: Omit<GitHubRequest, 'permission'>) =>
    read(issue, question.path, await ask(question))

  return {
    async labelled(label) {
      const found: z.output<typeof issue>[] = []
      let path: string | undefined =
        `${root}?labels=${encodeURIComponent(label)}&state=all&sort=created&direction=desc&per_page=${PER_PAGE}`
      for (let page = 1; path !== undefined && page <= MOST_PAGES; page += 1) {
        const answer: Answer = await ask({ path, repeatable: true })
        found.push(...read(z.array(issue), path, answer))
        path = answer.next
      }
      return found.filter(({ isPull }) => !isPull)
    },
    async create({ title, body, label }) {
      // Asked twice, it would make two.
      const made = await one({
        path: root,
        method: 'POST',
        body: { title, body, labels: [label] },
        repeatable: false,
      })
      if (made.labels.includes(label)) return made
      // GitHub drops labels in silence where the token may not set them; then the next run would not find it.
      await one({
        path: `${root}/${made.number}`,
        method: 'PATCH',
        body: { state: 'closed' },
        repeatable: true,
      })
      throw new Fault({
        system: 'GitHub',
        call: `POST ${root}`,
        said: `the issue did not get its label ${label}, without which it would not be found again, and was closed`,
        next: 'Give a token that may set labels on issues, such as that of the job.',
      })
    },
    update: (number, { title, body, close }) =>
      one({
        path: `${root}/${number}`,
        method: 'PATCH',
        body: { title, body, ...(close && { state: 'closed', state_reason: 'completed' }) },
        repeatable: true,
      }),
    async comment(number, body) {
      await ask({ path: `${root}/${number}/comments`, method: 'POST', body: { body }, repeatable: false })
    },
  }
}

/** A repository may have its issues switched off, or moved away. */
function rethrown(error: unknown): never {
  if (!(error instanceof Fault) || error.status !== 410) throw error
  throw new Fault({
    system: 'GitHub',
    call: error.call,
    status: 410,
    said: 'issues are switched off in this repository',
    next: 'Switch them on in its settings, or say issue: false.',
    cause: error,
  })
}

function read<T>(form: z.ZodType<T>, path: string, { text }: Answer): T {
  try {
    return form.parse(JSON.parse(text))
  } catch (cause) {
    throw new Fault({
      system: 'GitHub',
      call: path,
      said: 'the answer is not of the known form',
      next: 'Is GITHUB_API_URL the API of a GitHub server? Then please report this.',
      cause,
    })
  }
}
