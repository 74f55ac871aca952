import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactLocation } from '../../../src/adapters/mlflow/artifacts/artifacts.ts'
import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import { runScript } from '../../../src/adapters/process/run-script.ts'
import { readHoldout } from '../../../src/adapters/tables/read-holdout.ts'
import type { TableFile } from '../../../src/adapters/tables/table-file.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import type { GatePolicy, PredictionsPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import type { LabelKind } from '../../../src/domain/gate/dataset/holdout.ts'
import type { Predictions, Rows } from '../../../src/domain/gate/dataset/rows.ts'
import { listPredictionKinds } from '../../../src/domain/gate/metrics/statistic-catalog.ts'
import { LEAKAGE_NOT_CHECKED } from '../messages/dataset.ts'
import { fetchSourceFile, ModelFailure, resolveWorkspaceFile, type ScoringFiles } from './files.ts'
import { findHoldoutIssues } from './holdout-validity.ts'
import { formatScoringScript, REGISTRY_HINT } from './scoring-form.ts'
import { runScoringScript, type ScoringContext } from './scoring-script.ts'
import { type JoinedPredictions, readPredictions } from './tables.ts'

export type Role = 'candidate' | 'champion' | 'anchor'

export interface ModelToScore {
  run: Run | undefined
  place: ArtifactLocation | undefined
}

/** The models' predictions of one holdout, and the problems with them. */
export type ScoringResult =
  /** The policy names no predictions: logged metrics decide. */
  | { kind: 'none' }
  | {
      kind: 'scored'
      rows: Rows
      predictions: Partial<Record<Role, Predictions>>
      /** Why a model has no usable predictions, one line each. */
      failures: Partial<Record<Role, string>>
      /** Problems of the holdout (overlap, cutoff, immature labels). Each makes the verdict inconclusive. */
      invalid: readonly string[]
      notes: readonly string[]
    }

export interface ScoringRequest {
  policy: GatePolicy
  /** The kind of labels that the metric's statistic needs. */
  labels: LabelKind
  models: Partial<Record<Role, ModelToScore>>
  mlflow: ScoringFiles['mlflow']
}

export interface ScoringAdapters {
  runScript: typeof runScript
  now(): number
}

/** The candidate runs last, so that its code cannot change the predictions of the others. */
const SCORING_ORDER: readonly Role[] = ['champion', 'anchor', 'candidate']

/**
 * Scores each model on the rows of one holdout, one after the other. The predictions of a model are read and joined to the
 * labels before the next model runs. A problem of one model goes into `failures`.
 * @throws UserError if the policy or the holdout is at fault, or the script fails for all models
 * @throws Fault if MLflow is unavailable
 */
export async function scoreModels(
  context: ScoringContext,
  { policy, labels, models, mlflow }: ScoringRequest,
  adapters: ScoringAdapters = { runScript, now: Date.now },
): Promise<ScoringResult> {
  const { predictions: source, holdout: holdoutPolicy } = policy
  if (!source) return { kind: 'none' }
  if (!holdoutPolicy)
    throw new UserError('Policy holdout: is required with predictions, since it holds the labels.')
  const scratch = await mkdtemp(join(context.temp, 'scoring-'))
  try {
    const files = { workspace: context.workspace, scratch, mlflow }
    const candidate = { who: 'candidate', run: models.candidate?.run }
    const file = await fetchSourceFile(files, holdoutPolicy.source, 'holdout', candidate).catch((error) => {
      throw error instanceof ModelFailure
        ? new UserError(`Policy holdout: candidate: ${error.message}.`)
        : error
    })
    const inOrder = SCORING_ORDER.flatMap((who) => (models[who] ? [{ who, ...models[who] }] : []))
    const now = adapters.now()
    const { holdout, notes } = await readHoldout(file, policy, holdoutPolicy, labels, now)
    if (!holdoutPolicy.trainingIds && !holdoutPolicy.trainingCutoff) notes.push(LEAKAGE_NOT_CHECKED)
    const invalid = await findHoldoutIssues(holdout, holdoutPolicy, inOrder.toReversed(), files, now)

    const kinds = listPredictionKinds(policy)
    const predictions: Partial<Record<Role, Predictions>> = {}
    const failures: Partial<Record<Role, string>> = {}
    const scriptFaults: string[] = []
    let callsRegistry = false
    for (const model of inOrder) {
      context.cancelled.throwIfAborted()
      try {
        const scored = await scoreModel(context, source, model, files, adapters, (table) =>
          readPredictions(table, holdout, holdoutPolicy, kinds),
        )
        predictions[model.who] = scored.predictions
        notes.push(...scored.notes.map((note) => `${model.who}: ${note}`))
      } catch (error) {
        if (!(error instanceof ModelFailure)) throw error
        failures[model.who] = error.callsRegistry ? `${error.message}. ${REGISTRY_HINT}` : error.message
        callsRegistry ||= error.callsRegistry
        if (error.isScriptFault) scriptFaults.push(`${model.who}: ${error.message}`)
      }
    }
    // A script that fails for every model is not the fault of a model.
    if (scriptFaults.length > 0 && scriptFaults.length === inOrder.length) {
      const fix = callsRegistry
        ? `${REGISTRY_HINT}. A script may have this form:\n${formatScoringScript(holdoutPolicy)}`
        : 'Fix the script.'
      throw new UserError(
        `Policy evaluate.run: the script failed for every model (${scriptFaults.join('; ')}). ${fix}`,
      )
    }
    if (callsRegistry)
      context.log.info(`A scoring script may have this form:\n${formatScoringScript(holdoutPolicy)}`)
    return { kind: 'scored', rows: holdout.rows, predictions, failures, invalid, notes }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function scoreModel(
  context: ScoringContext,
  source: PredictionsPolicy,
  model: ModelToScore & { who: Role },
  files: ScoringFiles,
  { runScript }: ScoringAdapters,
  read: (table: TableFile) => Promise<JoinedPredictions>,
): Promise<JoinedPredictions> {
  const { who, place } = model
  // The user can fix a workspace file, but not what a script or an old run wrote: that is the model's failure.
  const readOwn = (table: TableFile) =>
    read(table).catch((error) => {
      throw error instanceof UserError
        ? new ModelFailure(error.message, { isScriptFault: source.kind === 'evaluate' })
        : error
    })
  switch (source.kind) {
    case 'files': {
      const path = source[who]
      if (path === undefined) throw new ModelFailure('the policy names no predictions for it')
      return read(resolveWorkspaceFile(files, `predictions.${who}`, path))
    }
    case 'artifact':
      return readOwn(await fetchSourceFile(files, source, 'predictions', model))
    case 'evaluate': {
      context.log.info(`Scoring the ${who}.`)
      return runScoringScript(context, source, place, files.mlflow, runScript, (path) =>
        readOwn({ path, label: 'its predictions' }),
      )
    }
  }
}
