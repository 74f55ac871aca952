import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { applyOverride, checkCandidate, decideVerdict } from '../../src/domain/gate/verdict.ts'
import { loadGatePolicy, requireForceReason } from '../../src/policy/policy-inputs.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { evaluateCandidate, notEvaluated } from './evaluation/evaluate.ts'
import { scoreModels } from './evaluation/score-models.ts'
import { championChangedSince, loadContext } from './inputs/load-context.ts'
import { checkPolicyProvenance } from './inputs/policy-provenance.ts'
import { wordVerdict } from './messages/verdict.ts'
import { buildOutcome } from './output/outcome.ts'
import { findExistingVerdict, updateEvaluationHistory } from './output/verdict-tags.ts'
import { persistVerdict } from './output/write-verdict.ts'

type GatekeeperInputs = Inputs<typeof contract>

export interface Adapters {
  mlflow(inputs: GatekeeperInputs, context: Context): Mlflow
  now(): Date
  scoreModels?: typeof scoreModels
}

const defaultAdapters: Adapters = {
  mlflow: (inputs, context) => connectMlflow(resolveMlflowConnection(inputs, context.env, context.cancelled)),
  now: () => new Date(),
}

export const main = async (
  inputs: GatekeeperInputs,
  context: Context,
  adapters: Adapters = defaultAdapters,
): Promise<Outcome<typeof contract>> => {
  requireForceReason(inputs)
  const loaded = loadGatePolicy(inputs, context.workspace)
  const { policy } = loaded
  const mlflow = adapters.mlflow(inputs, context)
  const gateContext = await loadContext(mlflow, inputs, policy)
  const now = adapters.now()
  const common = {
    policyHash: loaded.hash,
    dryRun: inputs.mode === 'dry-run' || policy.decision.mode === 'dry-run',
    gateContext,
    judgedAt: now.toISOString(),
    runUrl: context.run.url,
  }

  const existing = findExistingVerdict(gateContext)
  if (existing) {
    const { verdict, version, judgedAt } = existing
    const counts = { consecutiveRejections: 0, holdoutReuse: 0 }
    const decision = { ...common, result: notEvaluated, verdict, counts, judgedAt }
    return buildOutcome(inputs, context, decision, version)
  }

  const provenance = await checkPolicyProvenance(loaded, inputs, context)
  const isEvaluable = provenance.trusted && !checkCandidate(gateContext.candidate)
  const result = isEvaluable
    ? await evaluateCandidate(context, mlflow, gateContext, now, adapters.scoreModels ?? scoreModels)
    : notEvaluated
  // Scoring takes time, in which another job may have changed the champion.
  const change = result.holdout && (await championChangedSince(mlflow, inputs, gateContext))
  const gateVerdict = decideVerdict({
    ...common,
    ...gateContext,
    ...result,
    validityIssues: [...result.validityIssues, ...(change === undefined ? [] : [change])],
    untrustedPolicyReason: provenance.trusted ? undefined : provenance.reason,
  })
  const by = { actor: context.run.actor, reason: inputs['force-reason'] ?? '' }
  const verdict = wordVerdict(inputs.force ? applyOverride(gateVerdict, by) : gateVerdict)
  const { rejected, counts } = updateEvaluationHistory(gateContext, result, verdict, common.judgedAt)
  const decision = { ...common, result, verdict, counts }
  // An evaluation that does not count leaves no trace in MLflow.
  if (common.dryRun || verdict.fix !== undefined || !provenance.trusted)
    return buildOutcome(inputs, context, decision, gateContext.candidateVersions[0]?.number)
  return persistVerdict(mlflow, inputs, context, decision, rejected)
}

export const gatekeeper = defineAction(contract, (inputs, context) => main(inputs, context))
