import { randomUUID } from 'node:crypto'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import { type Evidence, versionsOf } from './evidence.ts'

/** Tags that differ at every judgement and so do not make a verdict a new one. */
const CIRCUMSTANCES: readonly string[] = [ledger.judgedAt, ledger.runUrl]

/**
 * Writes a verdict where it belongs. A promotion goes onto the one version of this model, made if need be; any other
 * verdict onto the run, and onto versions that the training registered. The same verdict twice writes nothing.
 * @returns the version that was promoted
 */
export async function record(
  mlflow: Mlflow,
  name: string,
  evidence: Evidence,
  { verdict }: Verdict,
  tags: Tags,
): Promise<string | undefined> {
  const { run, own } = evidence
  if (run && !run.deleted && (verdict !== 'promote' || judgedFor(name, run)))
    await writeOnRun(mlflow, run, { ...tags, [ledger.modelName]: name })
  if (verdict !== 'promote') {
    await Promise.all(own.map((version) => writeVerdict(mlflow, version, tags)))
    return own[0]?.number
  }
  const version = own[0] ?? (await register(mlflow, name, evidence, tags))
  await writeVerdict(mlflow, version, tags)
  await Promise.all(leftovers(own, evidence.aliases).map(({ number }) => mlflow.deleteVersion(name, number)))
  return version.number
}

/**
 * Makes the version, exactly one also when several gatekeepers judge one run at once: version numbers grow with the
 * order of creation, so whoever finds a lower one than its own has lost and deletes its own.
 */
async function register(mlflow: Mlflow, name: string, evidence: Evidence, tags: Tags): Promise<ModelVersion> {
  const { run, model, registered } = evidence
  if (!run || model.problem !== undefined) throw new Error('a promotion without a run and a model')
  if (!registered) await mlflow.ensureModel(name)
  const made = await mlflow.createVersion({
    model: name,
    source: model.source,
    runId: run.id,
    tags: { ...tags, [ledger.registration]: randomUUID() },
    mark: ledger.registration,
  })
  const [lowest] = versionsOf(await mlflow.versions(name, run.id), run, model.source)
  if (!lowest || lowest.number === made.number) return made
  await mlflow.deleteVersion(name, made.number)
  return lowest
}

/** Whether a run carries a verdict on it as this model, which is this one where an older suite did not say. */
function judgedFor(name: string, { tags }: Run): boolean {
  return ledger.verdict in tags && (tags[ledger.modelName] ?? name) === name
}

async function writeOnRun(mlflow: Mlflow, { id, tags: old }: Run, tags: Tags): Promise<void> {
  if (!differs(old, tags)) return
  await mlflow.setRunTags(id, tags)
  if (forcedBefore(old, tags)) await mlflow.deleteRunTag(id, ledger.forced)
}

/** A promotion becomes true last and stops being true first, so that a killed job never leaves half a promotion. */
async function writeVerdict(mlflow: Mlflow, version: ModelVersion, tags: Tags): Promise<void> {
  if (!differs(version.tags, tags)) return
  const { [ledger.verdict]: verdict = '', ...others } = tags
  const { model, number } = version
  const decide = () => mlflow.setVersionTags(model, number, { [ledger.verdict]: verdict })
  if (verdict !== 'promote') await decide()
  await mlflow.setVersionTags(model, number, others)
  if (forcedBefore(version.tags, tags)) await mlflow.deleteVersionTag(model, number, ledger.forced)
  if (verdict === 'promote') await decide()
}

/** The one tag that a verdict may lack, so that the one of an older verdict has to go. */
function forcedBefore(old: Tags, tags: Tags): boolean {
  return Boolean(old[ledger.forced]) && !tags[ledger.forced]
}

function differs(old: Tags, tags: Tags): boolean {
  return (
    forcedBefore(old, tags) ||
    Object.entries(tags).some(([key, value]) => !CIRCUMSTANCES.includes(key) && old[key] !== value)
  )
}

/** Versions that a killed gatekeeper made and could not delete: our own mark, never named, never promoted. */
function leftovers(own: readonly ModelVersion[], aliases: ReadonlyMap<string, string>): ModelVersion[] {
  const named = new Set(aliases.values())
  return own
    .slice(1)
    .filter(({ number, tags }) => tags[ledger.registration] && !tags[ledger.promotedAt] && !named.has(number))
}
