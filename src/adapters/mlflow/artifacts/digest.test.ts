import { expect, test } from 'vitest'
import { canonicalizeMlmodel } from './digest.ts'

const mlmodel = {
  flavors: { python_function: { loader_module: 'mlflow.sklearn', model_path: 'model.pkl' } },
  signature: { inputs: '[]' },
  run_id: 'a',
  model_id: 'm-a',
  model_uuid: 'u',
  utc_time_created: '2026-03-01',
  artifact_path: 'mlflow-artifacts:/1/models/m-a',
  mlflow_version: '3.17.2',
}

test('two trainings of one model have the same canonical MLmodel', () => {
  const again = {
    ...mlmodel,
    run_id: 'b',
    model_id: 'm-b',
    model_uuid: 'v',
    utc_time_created: '2026-04-01',
    artifact_path: 'x',
  }
  expect(canonicalizeMlmodel(again)).toBe(canonicalizeMlmodel(mlmodel))
  expect(canonicalizeMlmodel({ signature: mlmodel.signature, flavors: mlmodel.flavors })).toBe(
    canonicalizeMlmodel(mlmodel),
  )
})

test('another loader makes another model', () => {
  const loader = { python_function: { ...mlmodel.flavors.python_function, loader_module: 'evil.module' } }
  for (const changed of [
    { ...mlmodel, flavors: loader },
    { ...mlmodel, model_config: { a: 1 } },
    {},
    'text',
    null,
  ]) {
    expect(canonicalizeMlmodel(changed)).not.toBe(canonicalizeMlmodel(mlmodel))
  }
})
