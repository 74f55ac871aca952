import { loadable } from '../../src/adapters/mlflow/loadable.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { sameInQuarantine, underNumberOf } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { isDemoted } from '../../src/domain/demotion.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Mark } from '../../src/domain/marks.ts'
import type { Case } from './survey.ts'

/** The first revision whose version may and can serve, and why those before it were passed over. */
export async function firstThatFits(
  { mlflow, versions }: Case,
  bad: string,
  targets: readonly Mark[],
): Promise<{ target: Mark | undefined; passedOver: readonly string[] }> {
  const passedOver: string[] = []
  const known = new Map<string, string | undefined>()
  for (const target of targets) {
    const { revision, version } = target
    if (mlflow && !known.has(version)) known.set(version, await whyUnfit(mlflow, versions, bad, version))
    const why = known.get(version)
    if (why === undefined) return { target, passedOver }
    passedOver.push(`revision ${revision} was passed over: version ${version} ${why}`)
  }
  return { target: undefined, passedOver }
}

/** Why a version may not be gone back to, as the end of a sentence about it; undefined where it may. */
async function whyUnfit(
  mlflow: Mlflow,
  versions: readonly ModelVersion[],
  bad: string,
  number: string,
): Promise<string | undefined> {
  const find = (wanted: string) => versions.find((one) => one.number === wanted)
  const version = find(number)
  if (!version) return 'is not in the registry any more'
  const digest = version.tags[ledger.artifactDigest]
  if (digest !== undefined && digest === find(bad)?.tags[ledger.artifactDigest])
    return `has the same files as version ${bad}`
  if (isDemoted(version))
    return `was taken back itself (${version.tags[ledger.demotedReason] ?? 'no reason given'})`
  // What the server does not list was seen serving all the same.
  const loads = await loadable(mlflow, version)
  if (loads.kind === 'broken') return loads.why
  const [first] = await sameInQuarantine(mlflow, version, versions)
  if (!first) return undefined
  const as = first.number === number ? '' : ` ${underNumberOf(first)}`
  return `is in quarantine${as}: ${first.tags[ledger.quarantined]}`
}
