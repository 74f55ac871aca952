import { tmpdir } from 'node:os'
import { afterEach, beforeEach } from 'vitest'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import type { GitHubConnection } from '../../src/adapters/github/client.ts'

/** Starts a fake GitHub with the repository shop/digits, without issues and workflows. */
export const startEmptyGitHub = (): Promise<GitHub> =>
  startGitHub({
    repository: 'shop/digits',
    token: 'sesame',
    workflows: tmpdir(),
    onStart: async () => {},
  })

/** Connects to a server on the loopback interface, with short waits. `messages` receives the log. */
export const connectionTo = (
  base: string,
  token: string | undefined = 'sesame',
  messages: string[] = [],
): GitHubConnection => ({
  base,
  token,
  env: {},
  cancelled: new AbortController().signal,
  log: { info: (message) => messages.push(message) },
  secondMs: 10,
})

/** Starts an empty fake GitHub for each test of the calling file. */
export function useEmptyGitHub(): () => GitHub {
  let github: GitHub
  beforeEach(async () => {
    github = await startEmptyGitHub()
  })
  afterEach(() => github.close())
  return () => github
}
