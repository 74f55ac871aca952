import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/statistics/random.ts'
import { csv, validate } from '../../test/fakes/validate-data.ts'

const EPOCH = 1_793_000_000

/** A week of one source: tails, ids that grow, times, categories with rare ones, missing cells, free text. */
function drawWeek(seed: number, week: number, rows: number): string {
  const random = createRandom(`${seed}`.padStart(16, '7') + `${week}`.padStart(16, '3'))
  const uniform = () => (random.bits() + 0.5) / 2 ** 32
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const lines = Array.from({ length: rows }, (_, row) => {
    const category = Math.floor(uniform() ** 3 * 12)
    return [
      week * rows + row,
      1_000_000 + random.below(1e9) * 4,
      EPOCH + week * 604_800 + random.below(604_800),
      20261101 + week * 7 + random.below(7),
      normal(),
      Math.exp(2 * normal()),
      uniform() < 0.05 ? '' : normal() * 10 + 50,
      random.below(5),
      `c${category}`,
      `text ${random.bits()}`,
      `2026-${week + 1 < 10 ? '0' : ''}${week + 1}-01`,
      uniform() < 0.1 ? 'true' : 'false',
    ]
  })
  const names = [
    'id',
    'key',
    'epoch',
    'day',
    'normal',
    'heavy',
    'gaps',
    'stars',
    'kind',
    'text',
    'date',
    'flag',
  ]
  return csv(names, ...lines)
}

describe('a reference', () => {
  it.each([60, 300, 2000])('of %i rows accepts the next honest weeks', async (rows) => {
    const rejected: string[] = []
    for (let seed = 0; seed < 20; seed += 1) {
      const files = { 'data.csv': drawWeek(seed, 1, rows), 'r.csv': drawWeek(seed, 0, rows) }
      const { outputs, reason } = await validate(files, { reference: 'r.csv' })
      if (outputs.valid !== 'true' || outputs.warnings !== '0') rejected.push(reason)
    }
    expect(rejected).toEqual([])
  })

  it('writes the rules to review, which give the same result as a schema', async () => {
    const reference = drawWeek(1, 0, 300)
    const first = await validate(
      { 'data.csv': drawWeek(1, 1, 300), 'r.csv': reference },
      { reference: 'r.csv', 'write-schema': 'rules/schema.yml' },
    )
    const schema = first.read('rules/schema.yml')
    expect(schema).toContain('Review it')
    const rules = (name: string) => new RegExp(`\\n  ${name}:\\n((?:    .*\\n)+)`).exec(schema)?.[1]
    for (const grows of ['id', 'key', 'epoch', 'day']) expect(rules(grows)).toBe('    type: integer\n')
    expect(rules('text')).toBe('    type: string\n')
    expect(rules('date')).toBe('    type: date\n')
    expect(rules('normal')).toContain('mostly: 0.983')
    expect(rules('gaps')).toContain('max_null_share')
    expect(rules('kind')).toContain('- c0')
    const again = await validate({ 'data.csv': drawWeek(1, 1, 300), 's.yml': schema }, { schema: 's.yml' })
    expect(again.outputs['schema-sha256']).toBe(first.outputs['schema-sha256'])
    expect(again.report.checks).toEqual(first.report.checks)
  })

  const honest = csv(
    ['a', 'kind'],
    ...Array.from({ length: 200 }, (_, row) => [(row * 37) % 100, `k${row % 4}`]),
  )
  it.each<[string, string, string]>([
    [
      'another unit',
      csv(['a', 'kind'], ...Array.from({ length: 200 }, (_, row) => [(row * 3700) % 10_007, 'k1'])),
      'above 108.9',
    ],
    [
      'new categories',
      csv(['a', 'kind'], ...Array.from({ length: 200 }, (_, row) => [row % 100, `k${row % 5}`])),
      'allowed',
    ],
    ['missing cells', csv(['a', 'kind'], ['', 'k1'], [1, 'k2']), 'column "a": 1 of 2 cells is missing'],
    ['a missing column', csv(['a'], [1]), 'column "kind": is not there'],
    ['another type', csv(['a', 'kind'], ['x', 'k1']), 'not of type integer'],
  ])('finds %s', async (_, data, message) => {
    const { outputs, reason } = await validate({ 'data.csv': data, 'r.csv': honest }, { reference: 'r.csv' })
    expect(outputs.valid).toBe('false')
    expect(reason).toContain(message)
  })

  it('warns of an extra column', async () => {
    const files = { 'data.csv': csv(['a', 'kind', 'new'], [1, 'k1', 1]), 'r.csv': honest }
    const { outputs } = await validate(files, { reference: 'r.csv' })
    expect(outputs).toMatchObject({ valid: 'true', 'failed-checks': '["columns"]' })
  })

  it('is refused without rows', async () => {
    const files = { 'data.csv': 'a\n1\n', 'r.csv': 'a\n' }
    await expect(validate(files, { reference: 'r.csv' })).rejects.toThrow('Input reference: has no rows')
  })
})
