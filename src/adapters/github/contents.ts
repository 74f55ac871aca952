import { Fault } from '../../domain/core/errors.ts'
import { connectOctokit, type GitHubConnection } from './client.ts'

export type GitHubContents = ReturnType<typeof connectContents>

export function connectContents(connection: GitHubConnection) {
  const call = connectOctokit(connection)
  return {
    /**
     * The text of a file on the default branch of a repository (owner/name). Undefined where the file does not exist, or
     * where the token may not read the repository. @throws Fault
     */
    async readDefaultBranchFile(repository: string, path: string): Promise<string | undefined> {
      const [owner = '', repo = ''] = repository.split('/')
      const headers = { accept: 'application/vnd.github.raw+json' }
      try {
        const { data } = await call('contents: read', (octokit) =>
          octokit.rest.repos.getContent({ owner, repo, path, headers }),
        )
        // Octokit does not type the raw form: text, or bytes where the answer names no charset. A folder is neither.
        const content: unknown = data
        if (content instanceof ArrayBuffer) return Buffer.from(content).toString('utf8')
        return typeof content === 'string' ? content : undefined
      } catch (error) {
        if (error instanceof Fault && error.status === 404) return undefined
        throw error
      }
    },
  }
}
