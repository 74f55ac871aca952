import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { findIdColumn, readHoldout } from '../../../src/adapters/tables/read-holdout.ts'
import { readTable } from '../../../src/adapters/tables/read-table.ts'
import type { GatePolicy, HoldoutPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { requiredLabelKind } from '../../../src/domain/gate/metrics/statistic-catalog.ts'
import { TextColumn } from '../../../src/domain/table/columns.ts'
import { formatRowCount, quote } from '../../../src/domain/table/messages.ts'
import type { PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'

/** Checks the files of the policy that exist before the training: holdout, ids of the training rows, predictions. */
export async function checkData(
  list: Checklist,
  policy: GatePolicy,
  inputs: PreflightInputs,
  workspace: string,
): Promise<void> {
  const files = new PolicyFiles(list, inputs, workspace)
  const { holdout, predictions } = policy
  if (holdout) await checkHoldout(files, list, policy, holdout)
  if (predictions?.kind === 'files') {
    for (const who of ['champion', 'anchor'] as const) {
      const path = predictions[who]
      if (path !== undefined && files.exists('Predictions', `predictions.${who}`, path))
        list.pass('Predictions', `${quote(path)} of the ${who} exists.`)
    }
  }
}

async function checkHoldout(
  files: PolicyFiles,
  list: Checklist,
  policy: GatePolicy,
  holdout: HoldoutPolicy,
): Promise<void> {
  const { source, trainingIds } = holdout
  if ('artifact' in source)
    list.skip(
      'Holdout',
      `artifact ${quote(source.artifact)} is in the run of the candidate, which does not exist yet.`,
    )
  else if (files.exists('Holdout', 'holdout', source.path)) {
    const file = files.table('holdout', source.path)
    const read = await list.run('Holdout', 'policy', () =>
      readHoldout(file, policy, holdout, requiredLabelKind(policy), Date.now()),
    )
    if (read)
      list.pass(
        'Holdout',
        `${quote(source.path)}: ${formatRowCount(read.holdout.rows.count)}, all columns of the policy.`,
      )
  }
  if (!trainingIds || 'artifact' in trainingIds) return
  const { path } = trainingIds
  if (!files.exists('Training ids', 'holdout.training_ids', path)) return
  const ids = new TextColumn()
  const read = await list.run('Training ids', 'policy', () =>
    readTable(files.table('holdout.training_ids', path), (names) => [
      { name: findIdColumn(names, holdout), column: ids, isId: true },
    ]),
  )
  if (read) list.pass('Training ids', `${quote(path)}: ${formatRowCount(ids.values.length)}.`)
}

/** Files of the workspace that the policy names. */
class PolicyFiles {
  readonly #list: Checklist
  readonly #inputs: PreflightInputs
  readonly #workspace: string

  constructor(list: Checklist, inputs: PreflightInputs, workspace: string) {
    this.#list = list
    this.#inputs = inputs
    this.#workspace = workspace
  }

  table(key: string, path: string) {
    return { path: resolve(this.#workspace, path), label: `Policy ${key}: ${quote(path)}` }
  }

  /** A training in the same job may still write a missing file. */
  exists(check: string, key: string, path: string): boolean {
    if (existsSync(resolve(this.#workspace, path))) return true
    const mayAppear = this.#inputs['same-job'] && this.#inputs.run !== undefined
    this.#list.report(
      check,
      mayAppear ? 'warning' : 'failed',
      `Policy ${key}: there is no file ${quote(path)}${mayAppear ? ' yet. The gate needs it, so the training must write it' : ` in ${this.#workspace}`}. Check the path, and that actions/checkout runs before this step.`,
      'policy',
    )
    return false
  }
}
