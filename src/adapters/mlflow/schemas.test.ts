import { describe, expect, it } from 'vitest'
import { responseSchemas } from './schemas.ts'

describe('response schemas', () => {
  it('read omitted lists and values as empty', () => {
    expect(responseSchemas.versions.parse({})).toEqual({ items: [], next: '' })
    const run = responseSchemas.run.parse({ run: { info: { run_id: 'r', status: 'RUNNING' } } })
    expect(run).toMatchObject({ id: 'r', models: [], deleted: false, startTime: undefined, tags: {} })
    expect(run.metrics.size).toBe(0)
  })

  it('read int64 as number or string, and versions as strings', () => {
    const info = { run_id: 'r', start_time: '1795255306695', lifecycle_stage: 'deleted' }
    expect(responseSchemas.run.parse({ run: { info } })).toMatchObject({
      startTime: 1795255306695,
      deleted: true,
    })
    const aliases = [{ alias: 'champion', version: 3 }]
    const model = responseSchemas.model.parse({ registered_model: { name: 'm', aliases } })
    expect(model.aliases.get('champion')).toBe('3')
  })

  it('reads the end of a run, which a running one has not', () => {
    const read = (end_time: unknown) =>
      responseSchemas.run.parse({ run: { info: { run_id: 'r', end_time } } })
    expect(read('1795255306695').endTime).toBe(1795255306695)
    for (const none of [undefined, null, 0, '0']) expect(read(none).endTime).toBeUndefined()
  })

  it('reads the name of a logged model', () => {
    const model = { info: { model_id: 'm-1', name: 'my_model' }, data: {} }
    expect(responseSchemas.loggedModelName.parse({ model })).toBe('my_model')
    expect(responseSchemas.loggedModelName.parse({ model: {} })).toBe('')
  })

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['', Number.NaN],
    ['0.5', 0.5],
    [0.5, 0.5],
  ])('reads the metric %j', (value, expected) => {
    const run = responseSchemas.run.parse({
      run: { info: { run_id: 'r' }, data: { metrics: [{ key: '__proto__', value }] } },
    })
    expect(run.metrics.get('__proto__')).toBe(expected)
    expect(run.metrics.get('constructor')).toBeUndefined()
  })
})
