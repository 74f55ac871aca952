import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { previousAfter } from '../../src/domain/demotion.ts'
import { isToldChampion } from '../../src/domain/last-word.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import type { WorkflowRun } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { writeChampion } from './champion.ts'
import type { contract } from './contract.ts'
import { type Registered, readRegistry } from './registry.ts'

type PromoteInputs = Inputs<typeof contract>

/** Who promotes, when, and on what evidence. */
export interface Occasion {
  run: WorkflowRun
  /** ISO 8601, UTC. */
  now: string
  proof: string
}

/**
 * Takes every version with these files out of quarantine where the user gives a reason, and keeps who did it, why, and
 * what it was.
 * @returns the registry after it
 */
export async function cleared(
  mlflow: Mlflow,
  inputs: PromoteInputs,
  registered: Registered,
  { run, now }: Omit<Occasion, 'proof'>,
): Promise<Registered> {
  const reason = inputs['clear-quarantine']
  const { quarantined, version } = registered
  if (reason === undefined || quarantined.length === 0) return registered
  await Promise.all(
    quarantined.map(async ({ model, number, tags }) => {
      const note = `${now} by ${run.actor || 'unknown'}: ${oneLine(reason)} (it was: ${tags[ledger.quarantined]})`
      // A job that is killed here leaves a quarantine that still holds.
      await mlflow.setVersionTags(model, number, { [ledger.quarantineCleared]: note })
      await mlflow.deleteVersionTag(model, number, ledger.quarantinedAt)
      await mlflow.deleteVersionTag(model, number, ledger.quarantined)
    }),
  )
  return readRegistry(mlflow, inputs, version.number)
}

/** How it ended: the champion before, or "none", and whether the alias moved. */
export interface Move {
  previous: string
  changed: boolean
}

/**
 * Makes a version the champion, and the champion until now the previous one; whoever has set the alias by hand, the ledger
 * is told. Does nothing where all of it is true.
 */
export async function moveChampion(
  mlflow: Mlflow,
  inputs: PromoteInputs,
  { version, versions, champion: current, aliases }: Registered,
  occasion: Occasion,
): Promise<Move> {
  const { 'model-name': name, 'champion-alias': champion, 'previous-alias': previous } = inputs
  const before = aliases.get(previous)
  const holds = aliases.get(champion) === version.number
  if (holds && isToldChampion(version, versions)) return { previous: before ?? 'none', changed: false }

  const from = current.kind === 'version' && !holds ? current.version.number : undefined
  const tags = {
    ...ledgerOf(inputs, occasion),
    // Of an alias that was set by hand nobody knows whom it replaced.
    ...(holds ? {} : { [ledger.promotedFrom]: from ?? 'none' }),
  }
  const another = from === version.number ? undefined : from
  const { number } = version
  const freed =
    before === number ? (previousAfter(before, { restored: number, bad: '' }, versions) ?? 'none') : undefined
  const now = await writeChampion(mlflow, {
    model: name,
    names: { champion, previous },
    version: version.number,
    tags,
    previous: another ?? freed,
    holds,
  })
  return { previous: now.get(previous) ?? 'none', changed: !holds }
}

function ledgerOf(inputs: PromoteInputs, { run, now, proof }: Occasion): Tags {
  return {
    [ledger.promotedAt]: now,
    [ledger.promotedBy]: run.actor || 'unknown',
    [ledger.proof]: proof,
    ...(run.url ? { [ledger.runUrl]: run.url } : {}),
    ...(inputs.adopt ? { [ledger.adopted]: `${now} by ${run.actor || 'unknown'}` } : {}),
  }
}
