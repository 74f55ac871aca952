import { describe, expect, it } from 'vitest'
import { answers } from './schemas.ts'

describe("what MLflow's JSON means", () => {
  it('leaves out what is empty', () => {
    expect(answers.versions.parse({})).toEqual({ model_versions: [], next_page_token: '' })
    const run = answers.run.parse({ run: { info: { run_id: 'r', status: 'RUNNING' } } })
    expect(run).toMatchObject({ id: 'r', models: [], deleted: false, startTime: undefined, tags: {} })
    expect(run.metrics.size).toBe(0)
  })

  it('takes whole numbers as numbers or texts, and versions as texts', () => {
    const info = { run_id: 'r', start_time: '1795255306695', lifecycle_stage: 'deleted' }
    expect(answers.run.parse({ run: { info } })).toMatchObject({ startTime: 1795255306695, deleted: true })
    const aliases = [{ alias: 'champion', version: 3 }]
    const model = answers.model.parse({ registered_model: { name: 'm', aliases } })
    expect(model.aliases.get('champion')).toBe('3')
  })

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['', Number.NaN],
    ['0.5', 0.5],
    [0.5, 0.5],
  ])('reads the metric %j', (value, expected) => {
    const run = answers.run.parse({
      run: { info: { run_id: 'r' }, data: { metrics: [{ key: '__proto__', value }] } },
    })
    expect(run.metrics.get('__proto__')).toBe(expected)
    expect(run.metrics.get('constructor')).toBeUndefined()
  })
})
