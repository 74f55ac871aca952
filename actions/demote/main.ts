import { UserError } from '../../src/domain/core/errors.ts'
import { oneLine } from '../../src/domain/core/text.ts'
import { createPostStep } from '../../src/release/post-step.ts'
import { type ReleaseAdapters, systemAdapters } from '../../src/release/registry/connect.ts'
import { type ServingProof, withServingProof } from '../../src/release/registry/serving-proof.ts'
import { mirrorStages } from '../../src/release/registry/set-champion.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { escapeMarkdown, formatTable } from '../../src/runtime/markdown.ts'
import { contract } from './contract.ts'
import { applyDemotion, type DemotionResult, readDemotionSnapshot } from './write-demotion.ts'

type DemoteInputs = Inputs<typeof contract>
type ProvenVersion = Extract<ServingProof, { version: string }>

export const main = (
  inputs: DemoteInputs,
  context: Context,
  adapters: ReleaseAdapters = systemAdapters,
): Promise<Outcome<typeof contract>> => {
  const version = inputs['restored-version']
  // The release may be rolled back to a revision of plain Helm, whose values name no version: adopt it.
  return withServingProof(
    { action: 'demote', inputs, context, adapters, version, adopt: true },
    async (proof, guard) => {
      assertRolledBack(proof, inputs['model-version'])
      const { 'model-name': model, 'model-version': badVersion, 'champion-alias': alias } = inputs
      const mlflow = guard(adapters.mlflow(inputs, context))
      const snapshot = await readDemotionSnapshot(mlflow, inputs, proof.version)
      const audit = { run: context.run, now: adapters.now().toISOString(), proof: proof.description }
      const result = await applyDemotion(mlflow, inputs, snapshot, audit)
      const stagesWarning = inputs['mirror-stages']
        ? await mirrorStages(mlflow, { model, alias, retired: [badVersion] })
        : undefined
      if (stagesWarning !== undefined) context.log.warning(stagesWarning)
      return finish(inputs, proof, { ...result, stagesWarning })
    },
  )
}

/** @throws UserError unless another version than the bad one is proven to serve */
function assertRolledBack(proof: ServingProof, badVersion: string): asserts proof is ProvenVersion {
  const reason =
    proof.reason ??
    (proof.version === badVersion ? `version ${badVersion} still serves (${proof.description})` : undefined)
  if (reason === undefined) return
  throw new UserError(
    `Nothing was demoted: ${reason}. Roll back first (helm-rollback), then run demote again.`,
  )
}

function finish(
  inputs: DemoteInputs,
  { version, description }: ProvenVersion,
  result: DemotionResult & { stagesWarning: string | undefined },
): Outcome<typeof contract> {
  const { 'model-name': model, 'model-version': badVersion } = inputs
  const { previous, quarantined, changed, stagesWarning } = result
  const rows = [
    [inputs['champion-alias'], `version ${version}`],
    [inputs['previous-alias'], previous === 'none' ? 'none' : `version ${previous}`],
    ['demoted', `version ${badVersion}`],
    ['in quarantine', quarantined ? 'yes, with every version of the same files' : 'no'],
    ['reason', oneLine(inputs.reason)],
    ['proof', description],
    ...(inputs['mirror-stages'] ? [['stages', stagesWarning ?? 'in sync']] : []),
  ].map((row) => row.map((cell) => escapeMarkdown(cell, 600)))
  return {
    outputs: {
      'champion-version': version,
      'previous-version': previous,
      'quarantined-version': quarantined ? badVersion : '',
      changed: changed ? 'true' : 'false',
    },
    summary: `### ${escapeMarkdown(model)}: version ${version} is the champion ${changed ? 'again' : 'already'}\n\n${formatTable(['', ''], rows)}\n`,
  }
}

export const post = createPostStep('demote', systemAdapters)
export const demote = defineAction(contract, (inputs, context) => main(inputs, context), post)
