import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from '../../src/adapters/mlflow/artifacts.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { runScript, type Script, type ScriptEnd } from '../../src/adapters/process/run-script.ts'
import type { TableFile } from '../../src/adapters/tables/read-table.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { Joined } from '../../src/domain/gate/join-predictions.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import type { Labels, Predictions, Rows } from '../../src/domain/gate/rows.ts'
import { readHoldout } from './same-rows-holdout.ts'
import { type Files, type GivenPredictions, predictionsFile, sourceFile } from './same-rows-source.ts'
import { readPredictions } from './same-rows-tables.ts'
import { invalidReasons } from './same-rows-validity.ts'
import { type Evaluate, type Surroundings, scoreByScript, type Unscored } from './scoring.ts'

export type Role = 'candidate' | 'champion' | 'anchor'

/** A model that is to be judged: its run, and where its files are. */
export interface Judged {
  run: Run | undefined
  place: Place | undefined
}

/** What the models say of one holdout, and what stands against believing it. */
export type SameRows =
  /** The policy names no predictions: stored values decide. */
  | { kind: 'none' }
  | {
      kind: 'scored'
      rows: Rows
      /** Those that could be scored. */
      predictions: Partial<Record<Role, Predictions>>
      /** Why a model could not be scored or joined, one line each. */
      failures: Partial<Record<Role, string>>
      /** Why the holdout proves nothing: overlap, cut-off, immature labels. Each makes the verdict inconclusive. */
      invalid: readonly string[]
      notes: readonly string[]
    }

export interface Scoring {
  policy: GatePolicy
  /** What the metric's statistic computes with. */
  labels: Labels['kind']
  models: Partial<Record<Role, Judged>>
  mlflow: Pick<Mlflow, 'list' | 'read'>
}

export interface Adapters {
  runScript(script: Script): Promise<ScriptEnd>
  now(): number
}

const real: Adapters = { runScript: (script) => runScript(script), now: Date.now }

/** The candidate comes last, so that its code cannot touch what the others say. */
const ROLES: readonly Role[] = ['champion', 'anchor', 'candidate']

/**
 * Has every model predict the rows of one holdout, one model after the other, and joins what they say to the labels: each
 * before the next one runs.
 * @throws UserError where the policy, the holdout, or the script for all models is at fault; a Fault where MLflow is away.
 * What concerns one model only is in `failures`.
 */
export async function scoreOnSameRows(
  context: Surroundings,
  { policy, labels, models, mlflow }: Scoring,
  adapters = real,
): Promise<SameRows> {
  const { predictions: from, holdout: labelled } = policy
  if (!from) return { kind: 'none' }
  if (!labelled)
    throw new UserError('Policy holdout: predictions need labels to be judged by; name a holdout.')
  const scratch = await mkdtemp(join(context.temp, 'same-rows-'))
  try {
    const files = { workspace: context.workspace, scratch, mlflow }
    const file = await sourceFile(files, labelled.source, 'holdout', {
      who: 'candidate',
      run: models.candidate?.run,
    })
    if (typeof file === 'string') throw new UserError(`Policy holdout: of the candidate, ${file}.`)
    const asked = ROLES.flatMap((who) => (models[who] ? [{ who, ...models[who] }] : []))
    const given = new Map<Role, TableFile | string>()
    if (from.kind !== 'evaluate')
      for (const model of asked) given.set(model.who, await predictionsFile(files, from, model))
    const lenders = [...given].flatMap(([who, one]) => (typeof one === 'string' ? [] : [{ who, file: one }]))
    const { holdout, notes } = await readHoldout(file, policy, labelled, labels, lenders)
    const invalid = await invalidReasons(holdout, labelled, asked.toReversed(), files, adapters.now())

    const read = (table: TableFile) => readPredictions(table, holdout, labelled)
    const outcomes = new Map<Role, Outcome>()
    if (from.kind === 'evaluate')
      for (const model of asked) {
        context.cancelled.throwIfAborted()
        outcomes.set(model.who, await scoredByScript(context, from, model, files, adapters, read))
      }
    else for (const [who, one] of given) outcomes.set(who, await joinedFile(from, one, read))
    refuseIfScriptNeverWorks(outcomes)
    return {
      kind: 'scored',
      rows: holdout.rows,
      predictions: gathered(outcomes, (one) => ('predictions' in one ? one.predictions : undefined)),
      failures: gathered(outcomes, (one) => ('failure' in one ? one.failure : undefined)),
      invalid,
      notes: [
        ...notes,
        ...[...outcomes].flatMap(([who, one]) =>
          'notes' in one ? one.notes.map((note) => `${who}: ${note}`) : [],
        ),
      ],
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

type Outcome = Extract<Joined, { predictions: unknown }> | Unscored

function scoredByScript(
  context: Surroundings,
  evaluate: Evaluate,
  { who, place }: Judged & { who: Role },
  { mlflow }: Files,
  { runScript }: Adapters,
  read: (table: TableFile) => Promise<Joined>,
): Promise<Outcome> {
  context.log.info(`Scoring the ${who}.`)
  return scoreByScript(context, evaluate, place, { mlflow, runScript }, (path) =>
    ofOneModel(true, () => read({ path, called: 'its predictions' })),
  )
}

async function joinedFile(
  from: GivenPredictions,
  file: TableFile | string,
  read: (table: TableFile) => Promise<Joined>,
): Promise<Outcome> {
  if (typeof file === 'string') return { failure: file, script: false }
  // A file of the workspace is the user's to mend; that of an old run is as it is.
  if (from.kind === 'artifact') return await ofOneModel(false, () => read(file))
  const joined = await read(file)
  return 'failure' in joined ? { ...joined, script: false } : joined
}

/** What cannot be used of one model's predictions says nothing of the others. */
async function ofOneModel(script: boolean, read: () => Promise<Joined>): Promise<Outcome> {
  try {
    const joined = await read()
    return 'failure' in joined ? { ...joined, script } : joined
  } catch (error) {
    if (error instanceof UserError) return { failure: error.message, script }
    throw error
  }
}

/** A script that works for no model is not any model's fault. */
function refuseIfScriptNeverWorks(outcomes: ReadonlyMap<Role, Outcome>): void {
  const all = [...outcomes]
  if (all.length === 0 || !all.every(([, one]) => 'script' in one && one.script)) return
  const said = all.map(([who, one]) => `${who}: ${'failure' in one ? one.failure : ''}`)
  throw new UserError(
    `Policy evaluate.run: it gave predictions of no model (${said.join('; ')}); mend the script.`,
  )
}

function gathered<T>(
  outcomes: ReadonlyMap<Role, Outcome>,
  pick: (one: Outcome) => T | undefined,
): Partial<Record<Role, T>> {
  const picked = [...outcomes].map(([who, one]) => [who, pick(one)] as const)
  return Object.fromEntries(picked.filter(([, one]) => one !== undefined)) as Partial<Record<Role, T>>
}
