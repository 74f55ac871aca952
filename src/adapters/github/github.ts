import { type GitHubConnection, requestTo } from './request.ts'

export type { GitHubConnection } from './request.ts'

export interface GitHub {
  /**
   * The text of a file as it is on the repository's default branch; undefined where it is not there, or where the token
   * may not know that it is. @throws Fault
   */
  fileOnDefaultBranch(repository: string, path: string): Promise<string | undefined>
}

export function connectGitHub(connection: GitHubConnection): GitHub {
  const request = requestTo(connection)
  return {
    async fileOnDefaultBranch(repository, path) {
      const { status, text } = await request({
        // Without a ref, GitHub takes the default branch.
        path: `/repos/${repository}/contents/${path.split('/').map(encodeURIComponent).join('/')}`,
        accept: 'application/vnd.github.raw+json',
        permission: 'contents: read',
        repeatable: true,
      })
      return status === 200 ? text : undefined
    },
  }
}
