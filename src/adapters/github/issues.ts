import * as z from 'zod'
import { Fault } from '../../domain/core/errors.ts'
import type { ExistingIssue } from '../../domain/reconcile/issue-action.ts'
import { connectOctokit, type GitHubConnection, NO_RETRIES, type Octokit } from './client.ts'

export type IssueApi = ReturnType<typeof connectIssues>

/** Of 100 issues each. The label has few: one for each time that a model was inconsistent. */
const MAX_PAGES = 20
/** GitHub's author associations with write access. Anyone else can open an issue that looks like one of this suite. */
const TRUSTED_ASSOCIATIONS = ['OWNER', 'MEMBER', 'COLLABORATOR']

const issueSchema = z
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
    isOpen: raw.state === 'open',
    title: raw.title,
    body: raw.body ?? '',
    isTrusted: raw.user?.type === 'Bot' || TRUSTED_ASSOCIATIONS.includes(raw.author_association),
    labels: raw.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
    isPullRequest: raw.pull_request !== undefined,
  }))

/** @param repository owner/name; @throws Fault with the missing permission, or what else GitHub reports */
export function connectIssues(connection: GitHubConnection, repository: string) {
  const [owner = '', repo = ''] = repository.split('/')
  const connected = connectOctokit(connection)
  const call = <T>(request: (issues: Octokit['rest']['issues'], octokit: Octokit) => Promise<T>) =>
    connected('issues: write', (octokit) => request(octokit.rest.issues, octokit))
  const update = (
    issue_number: number,
    { close, ...text }: { title?: string; body?: string; close?: true },
  ): Promise<ExistingIssue> =>
    call(async (issues) => {
      const state = close && ({ state: 'closed', state_reason: 'completed' } as const)
      const { data } = await issues.update({ owner, repo, issue_number, ...text, ...state })
      return issueSchema.parse(data)
    })
  return {
    update,
    /** All issues with this label, open and closed, newest first; no pull requests. */
    listByLabel: (labels: string): Promise<ExistingIssue[]> =>
      call(async (issues, octokit) => {
        let pages = 0
        const query = { owner, repo, labels, state: 'all', per_page: 100 } as const
        const found = await octokit.paginate(issues.listForRepo, query, ({ data }, done) => {
          pages += 1
          if (pages === MAX_PAGES) done()
          return data
        })
        return z
          .array(issueSchema)
          .parse(found)
          .filter(({ isPullRequest }) => !isPullRequest)
      }),
    async create({ title, body, label }: Record<'title' | 'body' | 'label', string>): Promise<ExistingIssue> {
      const created = await call(async (issues) => {
        const request = { owner, repo, title, body, labels: [label], request: NO_RETRIES }
        return issueSchema.parse((await issues.create(request)).data)
      })
      if (created.labels.includes(label)) return created
      // GitHub silently drops the label if the token may not set it. The next run could not find the issue.
      await update(created.number, { close: true })
      throw new Fault({
        system: 'GitHub',
        call: `POST /repos/${repository}/issues`,
        detail: `issue ${created.number} did not get its label ${label}, without which the next run cannot find it, and was closed`,
        hint: 'Use a token that may set labels on issues, such as the token of the job.',
      })
    },
    comment: (issue_number: number, body: string): Promise<void> =>
      call(async (issues) => {
        await issues.createComment({ owner, repo, issue_number, body, request: NO_RETRIES })
      }),
  }
}
