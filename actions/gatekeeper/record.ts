import { randomUUID } from 'node:crypto'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Decision } from './decision.ts'
import { type Seen, versionsOf } from './seen.ts'

/** Tags that differ at every judgement and so do not make a verdict a new one. */
const CIRCUMSTANCES: readonly string[] = [ledger.judgedAt, ledger.runUrl]

/** What is to be written of a verdict. */
export interface Record {
  tags: Tags
  /** JSON of the champion's tag of who was refused; undefined where it stays as it is. */
  judgements: string | undefined
  /** Logs the report to the run, once the version's number is known. */
  logReport(version: string | undefined): Promise<void>
}

/**
 * Writes a verdict where it belongs. A promotion goes onto the one version of this model, made if need be; any other
 * verdict onto the run, onto the champion's list, and onto versions that the training registered. The same verdict
 * twice writes nothing but the report.
 * @returns the version that was promoted
 */
export async function record(
  mlflow: Mlflow,
  { model: name, seen, verdict: { verdict } }: Decision,
  { tags, judgements, logReport }: Record,
): Promise<string | undefined> {
  const { run, own, current } = seen
  const onRun = async () => {
    if (run && !run.deleted && (verdict !== 'promote' || judgedFor(name, run)))
      await writeOnRun(mlflow, run, { ...tags, [ledger.modelName]: name })
  }
  if (verdict !== 'promote') {
    const onChampion = async () => {
      if (current.kind !== 'version' || judgements === undefined) return
      if (current.version.tags[ledger.judgements] === judgements) return
      await mlflow.setVersionTags(name, current.version.number, { [ledger.judgements]: judgements })
    }
    // First of all a promotion that was written before stops being one.
    await Promise.all(own.map((version) => writeVerdict(mlflow, version, tags)))
    await Promise.all([onRun(), onChampion(), logReport(own[0]?.number)])
    return own[0]?.number
  }
  await onRun()
  const version = own[0]
  if (!version) return register(mlflow, name, seen, tags, logReport)
  await Promise.all([writeVerdict(mlflow, version, tags), logReport(version.number)])
  await Promise.all(leftovers(own, seen.aliases).map(({ number }) => mlflow.deleteVersion(name, number)))
  return version.number
}

/**
 * Makes the version, exactly one also when several gatekeepers judge one run at once: version numbers grow with the
 * order of creation, so whoever finds a lower one than its own has lost and deletes its own.
 */
async function register(
  mlflow: Mlflow,
  name: string,
  { run, model, registered, versions }: Seen,
  tags: Tags,
  logReport: Record['logReport'],
): Promise<string> {
  if (!run || model.problem !== undefined) throw new Error('a promotion without a run and a model')
  if (!registered) await mlflow.ensureModel(name)
  const made = await mlflow.createVersion({
    model: name,
    source: model.source,
    runId: run.id,
    tags: { ...tags, [ledger.registration]: randomUUID() },
    mark: ledger.registration,
  })
  // With the next number in line, nobody made another one since all were read, and there is none to lose to.
  const next = 1 + Math.max(0, ...versions.map(({ number }) => Number(number)))
  const rivals = Number(made.number) === next ? [] : mlflow.versions(name, run.id)
  const [others] = await Promise.all([rivals, logReport(made.number)])
  const [lowest] = versionsOf(others, run, model.source)
  if (!lowest || lowest.number === made.number) return made.number
  await mlflow.deleteVersion(name, made.number)
  await Promise.all([writeVerdict(mlflow, lowest, tags), logReport(lowest.number)])
  return lowest.number
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
