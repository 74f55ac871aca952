import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contract } from '../../actions/helm-rollback/contract.ts'
import { main } from '../../actions/helm-rollback/main.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext, parseInputs } from './context.ts'
import { fakeLeaseEnvironment } from './lease-environment.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from './mlflow.ts'
import { type FakeRelease, fakeRelease } from './release.ts'

export const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** A registry with these versions and tags. By default, each was promoted an hour ago. */
export function fakeRegistry(
  versions: Record<string, Tags>,
  champion = Object.keys(versions).at(-1) ?? '',
): FakeMlflow {
  const runs = Object.keys(versions).map((number) => fakeRun(`run${number}`))
  const all = Object.entries(versions).map(([number, tags]) => {
    const digest = {
      [versionTags.artifactDigest]: `digest-of-run${number}`,
      [versionTags.promotedAt]: hoursAgo(1),
    }
    return fakeVersion(number, { runId: `run${number}`, tags: { ...digest, ...tags } })
  })
  return fakeMlflow({ runs, versions: all, aliases: { champion } })
}

/** A release that deployed these versions one after the other. All but the broken ones are verified. */
export function verifiedReleaseWith(versions: string[], broken: string[] = []): FakeRelease {
  const fake = fakeRelease(versions, broken)
  for (const { revision, updated, version } of fake.revisions) {
    if (broken.includes(version)) continue
    const verified = { model: 'fraud', digest: '', run: '', verifiedAt: hoursAgo(1) }
    fake.verifiedRevisions.set(revision, { ...verified, revision, updated, version })
  }
  return fake
}

interface Settings {
  mlflow?: FakeMlflow | undefined
  cancelled?: AbortSignal
}

/** Rolls back version 8 of `fraud` on a fake release. */
export async function runHelmRollback(
  fake: FakeRelease,
  changes: Record<string, string> = {},
  settings: Settings = {},
) {
  const { mlflow, cancelled = new AbortController().signal } = settings
  const temp = mkdtempSync(join(tmpdir(), 'helm-rollback-'))
  const context = fakeContext({ temp, cancelled })
  const defaults = { release: 'digits', namespace: 'ml', 'model-name': 'fraud', 'bad-model-version': '8' }
  const inputs = parseInputs(contract, { ...defaults, ...changes }, {})
  const adapters = {
    openRelease: async () => fake.release,
    openMlflow: () => mlflow,
    leaseEnvironment: fakeLeaseEnvironment(),
  }
  const outcome = await main(inputs, context, adapters)
  return { ...outcome, inputs, context, temp, adapters }
}

export const isUntouched = (fake: FakeRelease) => !fake.calls.some((call) => /rollback|verified/.test(call))
