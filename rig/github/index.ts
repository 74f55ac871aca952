import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readContent } from './contents.ts'
import { readDispatch } from './dispatch.ts'
import { createIssueStore, type IssueStore } from './issues.ts'
import { type RunJob, readRunJobs } from './run-jobs.ts'
import { findTriggeredWorkflows } from './triggers.ts'

/** A workflow that an event starts, with its `github.event`. */
export type WorkflowStart = { workflow: string; payload: Record<string, unknown> }

export type GitHubOptions = {
  /** The only repository, such as `shop/digits`. */
  repository: string
  /** The Bearer token that callers must send. */
  token: string
  /** The repository's `.github/workflows`. */
  workflows: string
  /** Called for each workflow that a dispatch starts. As on GitHub, the response does not wait for the run. */
  onStart: (started: WorkflowStart) => Promise<void>
  /** The tree of the default branch, for requests of files. Without it, there are no files. */
  files?: string
  port?: number
}

export type GitHub = {
  /** The value of GITHUB_API_URL. */
  url: string
  /** The repository's issues. */
  issues: IssueStore
  /** The jobs of run attempts, by run and attempt: "77/1". */
  jobs: Map<string, readonly RunJob[]>
  /** Resolves when all started workflows have ended. @throws the first failure of an `onStart` */
  idle: () => Promise<void>
  close: () => Promise<void>
}

const DOCUMENTATION_URL = 'https://docs.github.com/rest/repos'
const MAX_BODY_BYTES = 1_000_000

class HttpError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new HttpError(413, 'Payload Too Large')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new HttpError(400, 'Problems parsing JSON')
  }
}

const authorize = (request: IncomingMessage, token: string): void => {
  const header = request.headers.authorization
  if (header === undefined) throw new HttpError(401, 'Requires authentication')
  const [scheme = '', credentials] = header.split(' ')
  if (!/^(bearer|token)$/i.test(scheme) || credentials !== token) throw new HttpError(401, 'Bad credentials')
}

/**
 * Starts a fake of the parts of GitHub's API that the suite uses, on the loopback interface: issues, jobs of a run,
 * files of the default branch, and repository dispatches with GitHub's limits, errors and `types:` filter, which act lacks.
 */
export const startGitHub = async (options: GitHubOptions): Promise<GitHub> => {
  const running = new Set<Promise<void>>()
  let failure: unknown
  let url = ''
  const issues = createIssueStore(options.repository, () => url)

  const jobs = new Map<string, readonly RunJob[]>()

  const start = (started: WorkflowStart): void => {
    const run = options.onStart(started).catch((error) => {
      failure ??= error
    })
    running.add(run)
    run.finally(() => running.delete(run))
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    authorize(request, options.token)
    const contents = `/repos/${options.repository}/contents/`
    if (request.method === 'GET' && options.files && request.url?.startsWith(contents)) {
      const content = await readContent(
        options.files,
        request.url.slice(contents.length),
        request.headers.accept,
      )
      if (!content) throw new HttpError(404, 'Not Found')
      response.writeHead(200, { 'content-type': content.type }).end(content.body)
      return
    }
    const root = `/repos/${options.repository}`
    const { method = '', url: path = '' } = request
    const issueResponse = path.startsWith(`${root}/issues`)
      ? await issues.handleRequest(method, path.slice(root.length), () => readBody(request))
      : undefined
    if (issueResponse) {
      const type = { 'content-type': 'application/json; charset=utf-8' }
      response
        .writeHead(issueResponse.status, { ...type, ...(issueResponse.link && { link: issueResponse.link }) })
        .end(JSON.stringify(issueResponse.body))
      return
    }
    const runJobs = method === 'GET' ? readRunJobs(jobs, path.slice(root.length)) : undefined
    if (runJobs && path.startsWith(root)) {
      response
        .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
        .end(JSON.stringify(runJobs))
      return
    }
    const isDispatch = request.method === 'POST' && request.url === `/repos/${options.repository}/dispatches`
    if (!isDispatch) throw new HttpError(404, 'Not Found')
    const parsed = readDispatch(await readBody(request))
    if ('error' in parsed) throw new HttpError(422, `Invalid request.\n\n${parsed.error}`)
    const { event_type, client_payload } = parsed.dispatch
    const repository = { full_name: options.repository, default_branch: 'main' }
    const payload = { action: event_type, branch: 'main', client_payload, repository }
    for (const workflow of await findTriggeredWorkflows(options.workflows, event_type))
      start({ workflow, payload })
    response.writeHead(204).end()
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      const status = error instanceof HttpError ? error.status : 500
      const body = { message: error.message, documentation_url: DOCUMENTATION_URL, status: String(status) }
      response
        .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
        .end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the fake GitHub has no port')
  url = `http://127.0.0.1:${address.port}`
  return {
    url,
    issues,
    jobs,
    idle: async () => {
      while (running.size > 0) await Promise.all(running)
      if (failure !== undefined) throw failure
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
