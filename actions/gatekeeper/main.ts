import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { judge, overridden, unfitness } from '../../src/domain/verdict.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { refuseUnexplained } from './force.ts'
import { countOf, judgementsWith } from './ledger.ts'
import { conclude } from './outcome.ts'
import { readGatePolicy } from './policy.ts'
import { policyStanding } from './policy-standing.ts'
import { recorded } from './recorded.ts'
import { scoreOnSameRows } from './same-rows.ts'
import { look, movedSince } from './seen.ts'
import { tryOut, untried } from './trying.ts'
import { written } from './written.ts'

type GateInputs = Inputs<typeof contract>

export interface Adapters {
  mlflow(inputs: GateInputs, context: Context): Mlflow
  now(): Date
  score?: typeof scoreOnSameRows
}

const real: Adapters = {
  mlflow: (inputs, context) => connectMlflow(mlflowConnection(inputs, context.env, context.cancelled)),
  now: () => new Date(),
}

export const main = async (
  inputs: GateInputs,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  const force = { actor: context.run.actor, reason: inputs['force-reason'] ?? '' }
  refuseUnexplained(inputs)
  const read = readGatePolicy(inputs, context.workspace)
  const { policy } = read
  const mlflow = adapters.mlflow(inputs, context)
  const seen = await look(mlflow, inputs, policy)
  const now = adapters.now()
  const about = {
    model: inputs['model-name'],
    policy,
    policyHash: read.hash,
    dryRun: inputs.mode === 'dry-run' || policy.decision.mode === 'dry-run',
    seen,
    judgedAt: now.toISOString(),
    runUrl: context.run.url,
    server: mlflow.base,
  }

  const before = recorded(seen)
  if (before) {
    const { verdict, version, judgedAt } = before
    const none = { refusedInARow: 0, onThisHoldout: 0, perYear: undefined }
    return conclude(inputs, context, { ...about, tried: untried, verdict, count: none, judgedAt }, version)
  }

  const standing = await policyStanding(read, inputs, context)
  const worthwhile = standing.counts && !unfitness(seen.candidate)
  const tried = worthwhile
    ? await tryOut(context, mlflow, seen, policy, now, adapters.score ?? scoreOnSameRows)
    : untried
  // Scoring takes its time, in which another one may have become champion.
  const moved = tried.holdout === undefined ? undefined : await movedSince(mlflow, inputs, seen)
  const judged = judge({
    ...about,
    ...seen,
    ...tried,
    doubts: [...tried.doubts, ...(moved === undefined ? [] : [moved])],
    voidPolicy: standing.counts ? undefined : standing.why,
  })
  const verdict = inputs.force ? overridden(judged, force) : judged
  const { refused, all } = judgementsWith(seen, tried, verdict, about.judgedAt)
  const decision = { ...about, tried, verdict, count: countOf(all, tried) }
  // What was not judged leaves no trace that somebody could take for a judgement.
  if (about.dryRun || verdict.broken || !standing.counts)
    return conclude(inputs, context, decision, seen.own[0]?.number)
  return written(mlflow, inputs, context, decision, refused)
}

export const gatekeeper = defineAction(contract, (inputs, context) => main(inputs, context))
