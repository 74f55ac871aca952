import { loadable } from '../../src/adapters/mlflow/loadable.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { readModelState, versionIn } from '../../src/adapters/mlflow/model-state.ts'
import { sameInQuarantine } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** What the registry says, read right before anything is written. */
export interface Registered {
  bad: ModelVersion
  restored: ModelVersion
  versions: readonly ModelVersion[]
  aliases: ReadonlyMap<string, string>
}

/** @throws UserError where the model or one of the versions is not there, or, without a proof, could not serve */
export async function readRegistry(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  serving: string,
): Promise<Registered> {
  const state = await readModelState(mlflow, inputs['model-name'])
  const { versions, aliases } = state
  const bad = versionIn(state, inputs['model-version'], 'model-version')
  const restored = versionIn(state, serving, inputs['restored-version'] && 'restored-version')
  if (inputs.proof === 'none') await refuseUnfit(mlflow, restored, versions)
  return { bad, restored, versions, aliases }
}

/** Nothing was seen serving, so at least it must be possible. */
async function refuseUnfit(mlflow: Mlflow, version: ModelVersion, versions: readonly ModelVersion[]) {
  const said = (why: string) =>
    new UserError(`Input restored-version: version ${version.number} ${why}; name one that can serve.`)
  const loads = await loadable(mlflow, version)
  if (loads.kind !== 'loads') throw said(loads.why)
  const [same] = await sameInQuarantine(mlflow, version, versions)
  if (same) throw said(`is in quarantine (${same.tags[ledger.quarantined]})`)
}
