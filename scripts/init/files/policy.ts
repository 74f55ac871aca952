import { posix } from 'node:path'
import { Document } from 'yaml'
import { findValueRange } from '../../../src/domain/gate/evaluation/value-range.ts'
import type { Repository } from '../repository.ts'
import type { GateSettings } from '../settings/gate.ts'
import { createCommand } from '../settings/training.ts'

/** Path of the policy in a repository. */
export const POLICY = 'retrain-policy.yml'

/** Logged values do not account for chance, so a small improvement is not enough. */
const MIN_IMPROVEMENT_OF_SHARE = 0.002
const MIN_RELATIVE_IMPROVEMENT = 0.01

/**
 * Writes the policy of the gate: a comparison on the rows of the holdout, else one of logged values.
 * @param schema address of the JSON Schema, for editors
 */
export function renderPolicy(repository: Repository, gate: GateSettings, schema: string): string {
  const { metric, direction, evaluation } = gate
  const range = findValueRange(metric)
  const isShare = range !== undefined && range.greatest - range.least <= 2
  const document = new Document({
    gate: {
      kind: 'challenger',
      metric,
      ...(direction !== undefined && { direction }),
      ...(evaluation
        ? {
            evaluate: createScoring(repository, evaluation.script),
            holdout: {
              path: evaluation.holdout,
              // The gate assumes `id`.
              ...(evaluation.id !== undefined && evaluation.id !== 'id' && { id: evaluation.id }),
              label: evaluation.label,
            },
          }
        : { min_improvement: isShare ? MIN_IMPROVEMENT_OF_SHARE : { relative: MIN_RELATIVE_IMPROVEMENT } }),
    },
  })
  const summary = evaluation
    ? 'A new model must be better than the champion on the same rows, with statistical significance.'
    : 'A new model must be better than the champion by the values that their runs logged.'
  return `# yaml-language-server: $schema=${schema}\n# ${summary}\n${document.toString({ lineWidth: 0 })}`
}

function createScoring(repository: Repository, script: string) {
  const { run, workingDirectory } = createCommand(repository, script)
  return {
    run: run.includes('\n') ? `${run}\n` : run,
    ...(workingDirectory !== '.' && { working_directory: posix.normalize(workingDirectory) }),
  }
}
