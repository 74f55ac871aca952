import { contract } from '../../actions/reconcile/contract.ts'
import { main } from '../../actions/reconcile/main.ts'
import type { GitHub } from '../../rig/github/index.ts'
import { issuesOf } from '../../src/adapters/github/issues.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import type { Lease } from '../../src/domain/lease.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from './context.ts'
import { githubAnew } from './github.ts'
import type { FakeRelease } from './release.ts'
import { hurried } from './waiting.ts'

/** Versions 7 and 8, both let through; 7 was promoted an hour ago, and is champion unless said otherwise. */
export function registry(
  tags: Record<string, Tags> = {},
  aliases: Record<string, string> = { champion: '7' },
): FakeMlflow {
  const promotedAt = new Date(Date.now() - 3_600_000).toISOString()
  return fakeMlflow({
    runs: [fakeRun('run7'), fakeRun('run8')],
    versions: ['7', '8'].map((number) =>
      fakeVersion(number, {
        runId: `run${number}`,
        tags: {
          [ledger.verdict]: 'promote',
          [ledger.artifactDigest]: `digest-of-run${number}`,
          ...(number === '7' && { [ledger.promotedAt]: promotedAt }),
          ...tags[number],
        },
      }),
    ),
    aliases,
  })
}

/** Compares what this registry and the release `digits` of a cluster say of model `fraud`, and looks after the issue. */
export async function reconcileWith(
  github: GitHub,
  fake: FakeRelease,
  mlflow: FakeMlflow,
  given: Record<string, string> = {},
) {
  const context = quietContext()
  const usual = { release: 'digits', namespace: 'ml', 'model-name': 'fraud', 'github-token': 'sesame' }
  const inputs = parseInputs(contract, { ...usual, ...given })
  const issues = () => issuesOf({ base: github.url, token: inputs['github-token'], env: {} }, 'shop/digits')
  const outcome = await main(inputs, context, {
    openRelease: async () => fake.release,
    mlflow: () => mlflow,
    openIssues: issues,
    waiting: hurried(),
  })
  return { ...outcome, said: context.said.join('\n') }
}

/** GitHub anew for each test of the file that calls this, and what `reconcileWith` does there. */
export function besideGitHub() {
  const github = githubAnew()
  return {
    github,
    reconcile: (fake: FakeRelease, mlflow: FakeMlflow, given?: Record<string, string>) =>
      reconcileWith(github(), fake, mlflow, given),
  }
}

/** Of a deployment that another job is at. */
export const lease = (changes: Partial<Lease> = {}): Lease => ({
  id: 'x',
  action: 'helm-deploy',
  repository: 'shop/digits',
  run: '76',
  attempt: '1',
  runner: 'other',
  url: '',
  since: new Date().toISOString(),
  until: new Date(Date.now() + 60_000).toISOString(),
  ...changes,
})
