import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import { Fault, UserError } from '../../../src/domain/core/errors.ts'
import { parseInputs } from '../../../test/fakes/context.ts'
import { contract } from '../contract.ts'
import { evaluatePerformance, type PerformanceContext } from './evaluate-performance.ts'

const CHAMPION_RUN = 'c'.repeat(32)
const EVALUATION = 'e'.repeat(32)
const MLFLOW = { 'tracking-uri': 'http://mlflow.invalid', 'model-name': 'fraud' }
const FILE = {
  'performance-source': 'file',
  'performance-file': 'metrics.json',
  'performance-metric': 'accuracy',
}
const RUN = {
  ...FILE,
  'performance-source': 'mlflow',
  'performance-file': '',
  'performance-run-id': EVALUATION,
}
const PROMETHEUS = {
  'performance-source': 'prometheus',
  'performance-metric': 'accuracy',
  'prometheus-url': 'http://prometheus.invalid',
  query: 'model:accuracy',
}

let workspace = ''
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'performance-'))
})

const run = (id: string, accuracy: number | undefined, more: Partial<Run> = {}): Run =>
  ({
    id,
    deleted: false,
    status: 'FINISHED',
    metrics: new Map(accuracy === undefined ? [['acc', 1]] : [['accuracy', accuracy]]),
    ...more,
  }) as Run

interface Outside {
  file?: string
  runs?: Run[]
  hasChampion?: boolean
  answers?: Record<string, number>
}

async function evaluate(given: Record<string, string>, outside: Outside = {}) {
  const { file, runs = [run(CHAMPION_RUN, 0.9)], hasChampion = true, answers = {} } = outside
  if (file !== undefined) await writeFile(join(workspace, 'metrics.json'), file)
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
  const version = { number: '7', runId: CHAMPION_RUN, stage: 'None', tags: {} }
  const context = {
    workspace,
    connectMlflow: () => ({
      base: 'http://mlflow.invalid',
      getModel: async () => ({ name: 'fraud', aliases: new Map(hasChampion ? [['champion', '7']] : []) }),
      listVersions: async () => [version],
      getRun: async (id: string) => runs.find((each) => each.id === id),
    }),
    connectPrometheus: () => ({
      query: async (expression: string) => {
        const value = answers[expression]
        if (value !== undefined) return value
        throw new Fault({ system: 'Prometheus', call: 'query', detail: 'the result is empty', hint: '' })
      },
    }),
  } as unknown as PerformanceContext
  return evaluatePerformance(parseInputs(contract, set, {}), context)
}

describe('where the values come from', () => {
  it('a file against the champion, with its rows', async () => {
    const result = await evaluate(
      { ...FILE, ...MLFLOW, 'performance-baseline-n': '5000' },
      { file: '\uFEFF{"accuracy": 0.8, "n": 1200, "f1": 0.7}' },
    )
    expect(result).toMatchObject({
      kind: 'drift',
      drop: '0.1',
      baseline: { value: 0.9, rows: 5000, from: `run ${CHAMPION_RUN} of the champion, version 7` },
      current: { value: 0.8, rows: 1200, from: 'metrics.json' },
      pointRule: undefined,
    })
  })

  it('an input replaces the rows of the file', async () => {
    const given = { ...FILE, 'performance-baseline': '0.90', 'performance-n': '20' }
    expect(await evaluate(given, { file: '{"accuracy": 0.84, "n": 1200}' })).toMatchObject({
      kind: 'inconclusive',
      baseline: { rows: undefined, from: 'input performance-baseline' },
      current: { rows: 20 },
    })
  })

  it('a run of MLflow', async () => {
    const runs = [run(CHAMPION_RUN, 0.9), run(EVALUATION, 0.85)]
    expect(await evaluate({ ...RUN, ...MLFLOW }, { runs })).toMatchObject({
      kind: 'stable',
      drop: '0.05',
      current: { from: `run ${EVALUATION}` },
      pointRule: 'rows-unknown',
    })
  })

  it('Prometheus, with the rows by a query', async () => {
    const given = { ...PROMETHEUS, 'performance-baseline': '0.9', 'count-query': 'n' }
    expect(await evaluate(given, { answers: { 'model:accuracy': 0.8, n: 812.7 } })).toMatchObject({
      kind: 'drift',
      current: { rows: 812, from: 'Prometheus' },
    })
  })

  it.each([
    [{ 'max-drop': '0.1' }, 'stable', '0.1'],
    [{ 'max-drop-relative': '0.1' }, 'drift', '0.09'],
    [{}, 'drift', '0.05'],
  ])('limit %j', async (limit, kind, amount) => {
    const given = { ...FILE, 'performance-baseline': '0.9', ...limit }
    expect(await evaluate(given, { file: '{"accuracy": 0.8}' })).toMatchObject({ kind, limit: amount })
  })
})

describe('a value that cannot be read is an error', () => {
  const known = { ...FILE, 'performance-baseline': '0.9' }
  it.each([
    ['{"accuracy": NaN}', /is not one JSON object.*NaN and Infinity/],
    ['{"accuracy": "0.9"}', /has "\\"0\.9\\"" for "accuracy"\. Write a number without quotes/],
    ['{"accuracy": null}', /has "null" for "accuracy"/],
    ['{"accuracy": true}', /has "true" for/],
    ['{"accuracy": 1e999}', /has "null" for/],
    ['{"acc": 0.9}', /lacks the key "accuracy"; it has "acc"/],
    ['{}', /it has none/],
    ['[0.9]', /is not one JSON object/],
    ['0.9', /is not one JSON object/],
    ['null', /is not one JSON object/],
    ['', /is not one JSON object/],
    ['{"accuracy": 0.9}\n{"accuracy": 0.8}', /is not one JSON object/],
    ['{"accuracy": 0.9, "n": 0}', /has "0" for "n"/],
    ['{"accuracy": 0.9, "n": 10.5}', /has "10\.5" for "n"/],
    ['{"accuracy": 0.9, "n": "10"}', /for "n"\. Write the number of labelled rows/],
    ['{"accuracy": 90}', /current value of "accuracy" is 90, but it must be between 0 and 1/],
  ])('file %s', async (file, message) => {
    const reading = evaluate(known, { file })
    await expect(reading).rejects.toThrow(message)
    await expect(reading).rejects.toBeInstanceOf(UserError)
  })

  it('reads no key of a prototype', async () => {
    await expect(
      evaluate({ ...known, 'performance-metric': 'toString' }, { file: '{"a": 1}' }),
    ).rejects.toThrow(/lacks the key "toString"/)
  })

  it('a file that is missing', async () => {
    await expect(evaluate({ ...known, 'performance-file': 'gone.json' })).rejects.toThrow(
      /Input performance-file: "gone\.json" cannot be read \(ENOENT/,
    )
  })

  it.each<[string, Record<string, string>, Outside, RegExp]>([
    [
      'no champion',
      { ...FILE, ...MLFLOW },
      { hasChampion: false },
      /has no champion of it.*performance-baseline/,
    ],
    ['no run of the champion', { ...FILE, ...MLFLOW }, { runs: [] }, /version 7 of "fraud", has no run/],
    [
      'another metric of the champion',
      { ...FILE, ...MLFLOW },
      { runs: [run(CHAMPION_RUN, undefined)] },
      /of the champion, version 7, has no metric "accuracy"; it has "acc"/,
    ],
    [
      'NaN of the champion',
      { ...FILE, ...MLFLOW },
      { runs: [run(CHAMPION_RUN, Number.NaN)] },
      /baseline value of "accuracy" is NaN/,
    ],
    [
      "the champion's own run",
      { ...RUN, ...MLFLOW, 'performance-run-id': CHAMPION_RUN },
      {},
      /champion's own run/,
    ],
    ['no run', { ...RUN, ...MLFLOW }, {}, /run e+ does not exist/],
    [
      'a running run',
      { ...RUN, ...MLFLOW },
      { runs: [run(CHAMPION_RUN, 1), run(EVALUATION, 1, { status: 'RUNNING' })] },
      /is RUNNING, not FINISHED/,
    ],
    [
      'a deleted run',
      { ...RUN, ...MLFLOW },
      { runs: [run(CHAMPION_RUN, 1), run(EVALUATION, 1, { deleted: true })] },
      /is deleted/,
    ],
    [
      'no metric of the run',
      { ...RUN, ...MLFLOW },
      { runs: [run(CHAMPION_RUN, 1), run(EVALUATION, undefined)] },
      /run e+ has no metric "accuracy"; it has "acc"/,
    ],
    ['no answer', { ...PROMETHEUS, 'performance-baseline': '0.9' }, {}, /the result is empty/],
    [
      'no labelled rows',
      { ...PROMETHEUS, 'performance-baseline': '0.9', 'count-query': 'n' },
      { answers: { 'model:accuracy': 0.9, n: 0.4 } },
      /Input count-query: the result is 0\.4, so no labelled rows/,
    ],
    [
      'a metric of unknown direction',
      { ...FILE, 'performance-metric': 'profit', 'performance-baseline': '1' },
      { file: '{"profit": 1}' },
      /Input higher-is-better: is required/,
    ],
  ])('%s', async (_case, given, outside, message) => {
    await expect(evaluate(given, { file: '{"accuracy": 0.9}', ...outside })).rejects.toThrow(message)
  })
})

describe('the inputs', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    [
      'no file',
      { ...FILE, 'performance-file': '' },
      /performance-file: is required with performance-source: file/,
    ],
    ['no metric', { ...FILE, 'performance-metric': '' }, /performance-metric: is required/],
    [
      'no baseline',
      FILE,
      /model-name: is required for a baseline from the champion; or set performance-baseline/,
    ],
    ['no query', { ...PROMETHEUS, query: '' }, /query: is required with performance-source: prometheus/],
    ['no run', { ...RUN, 'performance-run-id': '' }, /performance-run-id: is required/],
    ['a query for a file', { ...FILE, query: 'x' }, /query: needs performance-source: prometheus/],
    ['no source', { query: 'x' }, /query: needs performance-source: prometheus/],
    ['a limit without a source', { 'max-drop': '0.1' }, /max-drop: needs performance-source/],
    ['both limits', { ...FILE, 'max-drop': '0.1', 'max-drop-relative': '0.1' }, /excludes max-drop/],
    ['a negative limit', { ...FILE, 'max-drop': '-0.1' }, /max-drop: must not be negative/],
    ['rows twice', { ...PROMETHEUS, 'count-query': 'x', 'performance-n': '3' }, /excludes count-query/],
    [
      'no address',
      { ...PROMETHEUS, 'prometheus-url': 'prometheus:9090' },
      /not the address of a Prometheus server/,
    ],
  ])('%s', async (_case, given, message) => {
    await expect(evaluate(given)).rejects.toThrow(message)
  })
})
