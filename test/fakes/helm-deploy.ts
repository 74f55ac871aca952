import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { main } from '../../actions/helm-deploy/main.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext, parseInputs } from './context.ts'
import { fakeLeaseEnvironment } from './lease-environment.ts'
import { type FakeMlflow, fakeMlflow, fakeVersion } from './mlflow.ts'
import type { FakeRelease } from './release.ts'

/** The tags that gatekeeper writes on an accepted version. */
export const verdictTags = {
  [versionTags.verdict]: 'promote',
  [versionTags.artifactDigest]: 'digest-of-run8',
}
/** A registry with champion 7, and version 8 with these tags. */
export const registry = (tags: Tags = verdictTags, aliases: Record<string, string> = { champion: '7' }) =>
  fakeMlflow({ versions: [fakeVersion('7'), fakeVersion('8', { runId: 'run8', tags })], aliases })

/** Deploys version 8 of `fraud` to a fake release. */
export async function deploy(
  fake: FakeRelease,
  changes: Record<string, string> = {},
  mlflow: FakeMlflow | undefined = registry(),
  cancelled = new AbortController().signal,
  prepare: (temp: string) => void = () => undefined,
) {
  const temp = mkdtempSync(join(tmpdir(), 'helm-deploy-'))
  prepare(temp)
  const context = fakeContext({ temp, cancelled })
  const inputs = parseInputs(contract, {
    release: 'digits',
    namespace: 'ml',
    chart: 'test/system/charts/tiny',
    'model-name': 'fraud',
    'model-version': '8',
    'tracking-uri': 'http://mlflow:5000',
    ...changes,
  })
  const adapters = {
    openRelease: async () => fake.release,
    openMlflow: () => mlflow,
    leaseEnvironment: fakeLeaseEnvironment(),
  }
  const outcome = await main(inputs, context, adapters)
  return { outcome, temp, inputs, context, mlflow }
}
