import { expect, test } from 'vitest'
import { defineContract } from './contract.ts'
import { choice, decimal, duration, flag, list, modelName, modelVersion, runId, text } from './fields.ts'
import { inputVariable, readInputs } from './read-inputs.ts'

const contract = defineContract({
  name: 'sample',
  description: 'A sample.',
  connections: ['mlflow', 'cluster'],
  inputs: {
    'model-name': modelName().describe('m'),
    'model-version': modelVersion().optional().describe('v'),
    'run-id': runId().optional().describe('r'),
    margin: decimal().prefault('0').describe('d'),
    mode: choice(['enforce', 'dry-run']).prefault('enforce').describe('c'),
    dry: flag().prefault('false').describe('f'),
    window: duration().prefault('72h').describe('w'),
    files: list().prefault('').describe('l'),
  },
  rules: (inputs) =>
    inputs['run-id'] && inputs['model-version']
      ? [{ input: 'run-id', message: 'give it or model-version, not both' }]
      : [],
  outputs: { out: text().describe('o') },
  permissions: {},
  example: {},
})

const environment = (inputs: Record<string, string>) =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]))
const enough = { 'model-name': 'fraud', release: 'fraud', 'tracking-uri': 'http://mlflow' }
const read = (inputs: Record<string, string>, more: Record<string, string> = {}) =>
  readInputs(contract, { ...environment(inputs), ...more })

test('defaults are parsed like given values', () => {
  expect(read(enough)).toMatchObject({
    margin: '0',
    mode: 'enforce',
    dry: false,
    window: 259_200_000,
    files: [],
    timeout: 300_000,
    namespace: 'default',
  })
})

test('an empty text counts as absent', () => {
  expect(read({ ...enough, 'model-version': '  ', window: '' })).toMatchObject({
    'model-version': undefined,
    window: 259_200_000,
  })
})

test.each([
  ['window', '1h30m', 5_400_000],
  ['window', '250ms', 250],
  ['dry', 'True', true],
  ['margin', '0.10', '0.10'],
  ['margin', '1e-3', '1e-3'],
  ['files', 'a.yaml\n b.yaml,c.yaml\n', ['a.yaml', 'b.yaml', 'c.yaml']],
  ['model-name', 'fraud model.v2', 'fraud model.v2'],
] as const)('%s: %j is %j', (name, given, expected) => {
  expect(read({ ...enough, [name]: given })).toHaveProperty([name], expected)
})

test.each([
  ['model-name', 'a/b', /"a\/b" is not a model name/],
  ['model-name', '--set', /is not a model name/],
  ['model-version', '@champion', /is not a model version: use its number/],
  ['model-version', '0', /is not a model version/],
  ['model-version', '7.0', /is not a model version/],
  ['run-id', 'ABCDEF', /is not an MLflow run id/],
  ['margin', '5%', /is not a decimal number/],
  ['margin', 'NaN', /is not a decimal number/],
  ['mode', 'dry', /"dry" is not one of enforce, dry-run/],
  ['dry', 'yes', /"yes" is not true or false/],
  ['window', '5 minutes', /is not a duration such as 90s, 5m/],
  ['release', 'My_Release', /is not a Kubernetes name/],
  ['release', 'a'.repeat(54), /at most 53 characters/],
  ['tracking-uri', 'databricks', /is not the address of an MLflow server/],
  [
    'tracking-uri',
    'http://ada:hunt%er22@mlflow',
    /has an unescaped % in its user name or password. Write it as %25/,
  ],
  ['tracking-uri', 'file:///x', /http:\/\/ or https:\/\//],
])('%s: %j is refused', (name, given, message) => {
  expect(() => read({ ...enough, [name]: given })).toThrow(message)
})

test('all invalid inputs are reported at once, one line each', () => {
  const bad = { 'model-version': 'v1', mode: 'x', timeout: 'soon' }
  expect(() => read(bad)).toThrow(
    /^Input model-name: is required\nInput model-version: .*\nInput mode: .*\nInput tracking-uri: is required\. Set it, or the variable MLFLOW_TRACKING_URI\nInput release: is required\nInput timeout: .*$/,
  )
})

test.each(['0s', '999ms', '25h', '999h'])('timeout %s is refused', (timeout) => {
  expect(() => read({ ...enough, timeout })).toThrow(/^Input timeout: .* at least 1s and at most 24h$/)
})

test('rules between inputs are reported with invalid inputs, but not for an input that is already reported', () => {
  const both = { ...enough, 'run-id': 'a'.repeat(32), 'model-version': '3' }
  expect(() => read(both)).toThrow(/^Input run-id: give it or model-version, not both$/)
  expect(() => read({ ...both, mode: 'x' })).toThrow(/^Input mode: .*\nInput run-id: give it or/)
  // A wrong one is still there: no rule may call it missing.
  expect(() => read({ ...both, 'model-version': 'x' })).toThrow(
    /^Input model-version: .*\nInput run-id: give it or model-version/,
  )
  expect(() => read({ ...both, 'run-id': 'x' })).toThrow(/^Input run-id: "x" is not an MLflow run id[^\n]*$/)
})

test("an empty connection input falls back to MLflow's variable, which is checked too", () => {
  const without = { ...enough, 'tracking-uri': '' }
  expect(read(without, { MLFLOW_TRACKING_URI: 'http://m:5000/p' })).toHaveProperty(
    'tracking-uri',
    'http://m:5000/p',
  )
  const given = { ...enough, 'tracking-uri': 'http://given' }
  expect(read(given, { MLFLOW_TRACKING_URI: 'http://other' })).toHaveProperty('tracking-uri', 'http://given')
  expect(() => read(without, { MLFLOW_TRACKING_URI: 'sqlite:///x' })).toThrow(/Input tracking-uri: /)
})

test('messages contain no password and at most 80 characters of a value', () => {
  expect(() => read({ ...enough, 'tracking-uri': 'http://user:hunt%er22@host' })).toThrow(/^(?!.*er22)/s)
  expect(() => read({ ...enough, 'tracking-uri': 'ftp://user:hunter22@host' })).toThrow(/^(?!.*hunter22)/s)
  const error = (() => {
    try {
      read({ ...enough, mode: 'x'.repeat(5000) })
    } catch (thrown) {
      return String(thrown)
    }
  })()
  expect(error?.length).toBeLessThan(250)
})
