import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { main } from '../../actions/helm-deploy/main.ts'
import { type FakeMlflow, fakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from './context.ts'
import type { FakeRelease } from './release.ts'
import { hurried } from './waiting.ts'

/** What gatekeeper writes on a version that it lets through. */
export const judged = { [ledger.verdict]: 'promote', [ledger.artifactDigest]: 'digest-of-run8' }
/** A registry with the champion 7, and 8 with these tags. */
export const registry = (tags: Tags = judged, aliases: Record<string, string> = { champion: '7' }) =>
  fakeMlflow({ versions: [fakeVersion('7'), fakeVersion('8', { runId: 'run8', tags })], aliases })

/** Deploys version 8 of `fraud` into a fake release. */
export async function deploy(
  fake: FakeRelease,
  given: Record<string, string> = {},
  mlflow: FakeMlflow | undefined = registry(),
  cancelled = new AbortController().signal,
  prepare: (temp: string) => void = () => undefined,
) {
  const temp = mkdtempSync(join(tmpdir(), 'helm-deploy-'))
  prepare(temp)
  const context = quietContext({ temp, cancelled })
  const inputs = parseInputs(contract, {
    release: 'digits',
    namespace: 'ml',
    chart: 'test/system/charts/tiny',
    'model-name': 'fraud',
    'model-version': '8',
    'tracking-uri': 'http://mlflow:5000',
    ...given,
  })
  const adapters = { openRelease: async () => fake.release, openMlflow: () => mlflow, waiting: hurried() }
  const outcome = await main(inputs, context, adapters)
  return { outcome, temp, inputs, context, mlflow }
}
