import { contract } from '../../actions/reconcile/contract.ts'
import { main } from '../../actions/reconcile/main.ts'
import type { GitHub } from '../../rig/github/index.ts'
import { connectIssues } from '../../src/adapters/github/issues.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext, parseInputs } from './context.ts'
import { connectionTo, useEmptyGitHub } from './github.ts'
import { fakeLeaseEnvironment } from './lease-environment.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from './mlflow.ts'
import type { FakeRelease } from './release.ts'

/** A registry with the accepted versions 7 and 8. Version 7 was promoted an hour ago. By default, it is champion. */
export function fakeRegistry(
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
          [versionTags.verdict]: 'promote',
          [versionTags.artifactDigest]: `digest-of-run${number}`,
          ...(number === '7' && { [versionTags.promotedAt]: promotedAt }),
          ...tags[number],
        },
      }),
    ),
    aliases,
  })
}

/** Reconciles the model `fraud` with the release `digits`, and updates the issue. */
export async function runReconcile(
  github: GitHub,
  fake: FakeRelease,
  mlflow: FakeMlflow,
  changes: Record<string, string> = {},
) {
  const context = fakeContext()
  const defaults = { release: 'digits', namespace: 'ml', 'model-name': 'fraud', 'github-token': 'sesame' }
  const inputs = parseInputs(contract, { ...defaults, ...changes })
  const issues = () => connectIssues(connectionTo(github.url, inputs['github-token']), 'shop/digits')
  const outcome = await main(inputs, context, {
    openRelease: async () => fake.release,
    mlflow: () => mlflow,
    openIssues: issues,
    leaseEnvironment: fakeLeaseEnvironment(),
  })
  return { ...outcome, logText: context.messages.join('\n') }
}

/** Starts a fake GitHub for each test of the calling file, and runs `reconcile` with it. */
export function useReconcileWithGitHub() {
  const github = useEmptyGitHub()
  return {
    github,
    reconcile: (fake: FakeRelease, mlflow: FakeMlflow, changes?: Record<string, string>) =>
      runReconcile(github(), fake, mlflow, changes),
  }
}
