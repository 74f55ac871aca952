import { tmpdir } from 'node:os'
import { afterEach, beforeEach } from 'vitest'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'

/** Repository shop/digits, with no issue and no workflow yet. */
export const emptyGitHub = (): Promise<GitHub> =>
  startGitHub({
    repository: 'shop/digits',
    token: 'sesame',
    workflows: tmpdir(),
    onStart: async () => {},
  })

/** The same, anew for each test of the file that calls this. */
export function githubAnew(): () => GitHub {
  let github: GitHub
  beforeEach(async () => {
    github = await emptyGitHub()
  })
  afterEach(() => github.close())
  return () => github
}
