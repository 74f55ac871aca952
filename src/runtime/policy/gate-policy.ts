import type { GatePolicy } from '../../domain/gate/policy.ts'
import type { Problem } from '../contract.ts'
import { borrowed } from './borrowed.ts'
import { composed } from './compose.ts'
import { type PolicyText, readDocument } from './document.ts'
import { type Layer, laidOver, ownerOf } from './layers.ts'
import { conflicts } from './rules.ts'

/** Inputs that stand over the policy's keys of the same names. */
export interface GateInputs {
  kind?: 'challenger' | 'refresh' | 'threshold' | undefined
  metric?: string | undefined
  direction?: 'higher' | 'lower' | undefined
  'min-improvement'?: string | undefined
  margin?: string | undefined
  'min-value'?: string | undefined
  mode?: 'enforce' | 'dry-run' | undefined
}

export type PolicyOrProblems = { policy: GatePolicy } | { problems: Problem[] }

/**
 * The policy of one model, from a document (undefined where the inputs say it all) with the inputs laid over it; or
 * everything that is wrong with it, each with its line or input.
 */
export function gatePolicy(
  document: PolicyText | undefined,
  inputs: GateInputs,
  model: string | undefined,
): PolicyOrProblems {
  const read = document ? readDocument(document, model) : { layers: [] }
  if ('problems' in read) return read
  const layers = [...read.layers, inputLayer(inputs)]
  const gate = laidOver(layers)
  const between = conflicts(gate).map(({ path, message }) => {
    const input = String(path[0]).replaceAll('_', '-')
    const owner = ownerOf(layers, path)
    return owner ? owner.problem(path, message) : { input, message }
  })
  const problems = [...borrowed(layers), ...between]
  return problems.length > 0 ? { problems } : { policy: composed(gate) }
}

function inputLayer(inputs: GateInputs): Layer {
  const absolute = (text: string | undefined) => (text === undefined ? undefined : { absolute: text })
  return {
    gate: {
      kind: inputs.kind,
      metric: inputs.metric,
      direction: inputs.direction,
      min_improvement: absolute(inputs['min-improvement']),
      margin: absolute(inputs.margin),
      min_value: inputs['min-value'],
      // The input cannot take back what the policy says: its default is to enforce.
      decision: inputs.mode === 'dry-run' ? { mode: inputs.mode } : undefined,
    },
    problem: (path, message) => ({ input: String(path[0]).replaceAll('_', '-'), message }),
  }
}
