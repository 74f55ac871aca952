import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { checkoutPath } from '../../scripts/checkout.ts'
import { parseInputs } from '../../test/fakes/context.ts'
import { csv, validate } from '../../test/fakes/validate-data.ts'
import { contract } from './contract.ts'

const people = csv(['age', 'country', 'label'], [31, 'DE', 0], [54, 'FR', 1], [22, 'DE', 1], [47, 'PT', 0])

describe('the shortcuts', () => {
  it('pass, and count rows, columns and features', async () => {
    const data = csv(['a', 'b', 'y'], [1, -2, 0], [3, 4, 1], [5, 6, 1], [7, 8, 0])
    const given = { 'max-missing': '0', columns: '3', target: 'y', 'min-class-count': '1', range: '-10..10' }
    const { outputs, outcome } = await validate({ 'data.csv': data }, given)
    expect(outcome.failure).toBeUndefined()
    expect(outputs).toMatchObject({
      valid: 'true',
      errors: '0',
      'failed-checks': '[]',
      rows: '4',
      samples: '4',
      columns: '3',
      features: '2',
      reason: 'The data is valid: 4 checks passed on 4 rows and 3 columns',
    })
  })

  it('fail all at once, with lines', async () => {
    const data = csv(['a', 'b', 'y'], [1, '', 0], ['x', 10, 1], [5, 6, 1])
    const given = { 'max-missing': '0', columns: '4', target: 'y', 'min-class-count': '1', range: '-10..10' }
    const { outputs, outcome, messages } = await validate({ 'data.csv': data }, given)
    expect(JSON.parse(outputs['failed-checks'] ?? '').sort()).toEqual([
      'correct_shape',
      'feature_ranges',
      'no_missing_values',
      'target_distribution',
    ])
    expect(outcome.failure?.message).toContain('the table has 3 columns instead of 4')
    expect(outcome.failure?.message).toContain(
      '2 of 5 cells are not numbers strictly between -10 and 10: "a" 1, "b" 1 (line 3, line 3)',
    )
    expect(outcome.failure?.message).toContain('1 of 9 cells is missing, at most 0 may be: "b" 1 (line 2)')
    expect(outcome.failure?.message).toContain('has a class without more than 1 rows (rows: 1, 2)')
    expect(messages.filter((each) => each.startsWith('error data.csv:'))).toHaveLength(3)
    expect(messages.join('\n')).not.toContain('"x"')
  })

  it.each([
    ['exactly the count fails', '2', 'false'],
    ['one more passes', '1', 'true'],
  ])('min-class-count is exclusive: %s', async (_, count, valid) => {
    const { outputs } = await validate({ 'data.csv': people }, { target: 'label', 'min-class-count': count })
    expect(outputs.valid).toBe(valid)
  })

  it.each([
    ['-10', 'false'],
    ['-9.99', 'true'],
    ['9.99', 'true'],
    ['10.0', 'false'],
    ['9.99999999999999999999', 'true'],
    ['inf', 'false'],
    ['true', 'false'],
  ])('range excludes its bounds and what is no number: %s', async (cell, valid) => {
    const { outputs } = await validate(
      { 'data.csv': csv(['a', 'y'], [cell, 99]) },
      { range: '-10..10', target: 'y' },
    )
    expect(outputs.valid).toBe(valid)
  })

  it('name the columns that differ', async () => {
    const { reason } = await validate({ 'data.csv': people }, { columns: 'age, land, label' })
    expect(reason).toContain('lacks the columns "land", and has the columns "country"')
  })

  it('find a target that is not there, also without a class count', async () => {
    const { reason } = await validate({ 'data.csv': people }, { target: 'lable', columns: '3' })
    expect(reason).toContain('there is no column "lable". Did you mean "label"?')
  })

  it('never accept a table without rows', async () => {
    const { outputs, reason } = await validate({ 'data.csv': 'a,b\n' }, { columns: '2' })
    expect(outputs.valid).toBe('false')
    expect(reason).toContain('the table has 0 rows, at least 1 are expected')
  })
})

describe('a schema', () => {
  it.each<[string, string, string, string]>([
    [
      'type',
      'columns: {a: {type: integer}}',
      'a\n1\n2.5\n1.0\n',
      'column "a": 1 of 3 cells is not of type integer (line 3)',
    ],
    ['one bad token', 'columns: {a: {type: number}}', 'a\n1\n1O\n', 'not of type number (line 3)'],
    ['type date', 'columns: {a: {type: date}}', 'a\n2026-10-01\n01/10/2026\n', 'not of type date (line 3)'],
    ['nulls', 'columns: {a: {}}', 'a,b\n1,1\nNA,1\n', 'nulls: column "a": 1 of 2 cells is missing (line 3)'],
    ['null share', 'columns: {a: {max_null_share: 0.4}}', 'a,b\n1,1\nNA,1\n', 'at most 40 % may be'],
    ['min', 'columns: {a: {min: 0}}', 'a\n0\n-1\n', '1 of 2 cells is below 0'],
    ['exclusive', 'columns: {a: {max: 1, exclusive: true}}', 'a\n1\n0\n', 'above 1 or equal to it'],
    [
      'max of digits',
      'columns: {a: {max: 9007199254740992}}',
      'a\n9007199254740993\n',
      '1 of 1 cell is above',
    ],
    ['min of a date', 'columns: {a: {type: date, min: 2026-10-01}}', 'a\n2026-09-30\n', 'below 2026-10-01'],
    [
      'allowed',
      'columns: {a: {allowed: [1, x]}}',
      'a\n1.0\nx\ny\n',
      '1 of 3 cells is not among the allowed values (line 4)',
    ],
    ['regex', "columns: {a: {regex: '[0-9]{5}'}}", 'a\n12345\n123456\n', '1 of 2 cells is not of the form'],
    ['unique', 'columns: {a: {unique: true}}', 'a\n7\n8\n7.0\n', '1 of 3 cells is repeated (line 4)'],
    [
      'monotonic',
      'columns: {a: {monotonic: strictly_increasing}}',
      'a\n1\n3\n3\n',
      'not in strictly increasing order (line 4)',
    ],
    [
      'required',
      'columns: {agee: {}}',
      'age\n1\n',
      'required: column "agee": is not there. Did you mean "age"?',
    ],
    ['rows', 'table: {rows: {min: 3}}', 'a\n1\n', 'the table has 1 row, at least 3 are expected'],
    ['ordered', 'columns: {b: {}, a: {}}\ntable: {columns: ordered}', 'a,b\n1,1\n', 'in another order'],
    [
      'duplicates',
      'table: {max_duplicate_share: 0.2}',
      'a,b\n1,2\n2,1\n1,2\n',
      '33.3 % of the rows repeat an earlier one, at most 20 % may (line 4)',
    ],
    [
      'class ratio',
      'table: {class_counts: {target: a, ratio: 2}}',
      'a\n1\n1\n1\n0\n',
      '3.0 times the rows of the smallest',
    ],
    ['one class', 'table: {class_counts: {target: a}}', 'a\n1\n1\n', 'has one class only'],
    [
      'freshness',
      'table: {freshness: {column: a, max_age: 7d}}',
      'a\n2026-11-20\n',
      '10.5 days ago, at most 7 days are allowed',
    ],
    [
      'a future time',
      'table: {freshness: {column: a, max_age: 7d}}',
      'a\n2029-11-20\n2026-11-30\n',
      '1 of 2 cells is no time between 1990 and tomorrow (line 2)',
    ],
    [
      '__proto__',
      'columns: {__proto__: {max: 1}}',
      '__proto__\n2\n',
      'column "__proto__": 1 of 1 cell is above 1',
    ],
  ])('finds a failure of %s', async (_, schema, data, message) => {
    const { outputs, reason } = await validate(
      { 'data.csv': data, 'schema.yml': schema },
      { schema: 'schema.yml' },
    )
    expect(reason).toContain(message)
    expect(outputs.valid).toBe('false')
  })

  it('accepts what meets it', async () => {
    const schema = `columns:
  age: {type: integer, min: 0, max: 120, exclusive: true}
  country: {allowed: [DE, FR], max_new_share: 0.25}
  label: {allowed: ['0', '1'], type: boolean}
table: {columns: exact, rows: {min: 4, max: 4}, max_duplicate_share: 0}`
    const { outputs, reason } = await validate({ 'data.csv': people }, { schema })
    expect(reason).toContain('The data is valid')
    expect(outputs['schema-sha256']).toMatch(/^[0-9a-f]{64}$/)
  })

  it('leaves room for a share', async () => {
    const data = csv(['a'], ...Array.from({ length: 100 }, (_, row) => [row]))
    const run = (mostly: string) =>
      validate({ 'data.csv': data }, { schema: `columns: {a: {max: 94, mostly: ${mostly}}}` })
    expect((await run('0.95')).outputs.valid).toBe('true')
    expect((await run('0.96')).outputs.valid).toBe('false')
  })

  it('reports warnings, which the input may turn into errors', async () => {
    const schema = 'columns: {age: {max: {value: 50, severity: warn}}}'
    const warned = await validate({ 'data.csv': people }, { schema })
    expect(warned.outputs).toMatchObject({
      valid: 'true',
      warnings: '1',
      errors: '0',
      'failed-checks': '["max"]',
    })
    expect(warned.outcome.failure).toBeUndefined()
    expect(
      (await validate({ 'data.csv': people }, { schema, 'fail-on': 'warn' })).outcome.failure,
    ).toBeDefined()
    expect((await validate({ 'data.csv': people }, { schema, severity: 'max: error' })).outputs.valid).toBe(
      'false',
    )
  })

  it.each([
    ['columns: {a: {minimum: 1}}', 'line 1: unknown key "minimum"'],
    ['colums: {a: {}}', 'unknown key "colums", did you mean columns?'],
    ['columns: {a: {type: int}}', '"int" is not one of integer, number, string, boolean, date'],
    ['columns: {a: {min: 5, max: 1}}', 'columns.a.min is 5, which leaves no value up to max'],
    ["columns: {a: {regex: '(a|b)*c'}}", 'repeats a group of variable length or with alternatives'],
    ["columns: {a: {regex: '(a+)+'}}", 'repeats a group'],
    ["columns: {a: {regex: '(?=a)b'}}", 'has a lookaround'],
    ["columns: {a: {regex: '['}}", 'is not a regular expression'],
    ['columns: {a: {max_null_share: 5}}', 'is not a share from 0 to 1'],
    ['columns: [a]', 'is not a mapping of names to rules'],
    ['table: {}', 'has no rules'],
    ['columns: {a: {max_new_share: 0.1}}', 'has no effect without allowed'],
  ])('is refused: %s', async (schema, message) => {
    await expect(validate({ 'data.csv': people, 's.yml': schema }, { schema: 's.yml' })).rejects.toThrow(
      message,
    )
  })
})

describe('data that cannot be read', () => {
  it.each<[string, Record<string, string | Uint8Array>, string]>([
    ['no file', {}, '"data.csv" does not exist'],
    ['an empty file', { 'data.csv': '' }, 'is empty'],
    [
      'a ragged row',
      { 'data.csv': 'a,b\n1,2\n3\n' },
      'data.csv: line 3 has 1 cell, but the first line names 2 columns',
    ],
    ['a duplicate header', { 'data.csv': 'a,a\n1,2\n' }, '2 columns are named "a"'],
    ['another encoding', { 'data.csv': new Uint8Array([97, 10, 0xe4, 10]) }, 'line 2 is not UTF-8'],
    ['semicolons', { 'data.csv': 'a;b\n1,5;2\n' }, 'separates the columns by semicolons'],
    ['a cut gzip', { 'data.csv': gzipSync('a,b\n1,2\n').subarray(0, 20) }, 'cannot be unpacked as gzip'],
    ['a cut Parquet', { 'data.csv': 'PAR1 and nothing else' }, 'cannot be read as Parquet'],
    [
      'a partitioned folder',
      { 'data.csv/year=2026/a.csv': 'a\n1\n' },
      'is a table partitioned by column "year"',
    ],
  ])('has its own reason: %s', async (_, files, message) => {
    const { outputs, outcome, report } = await validate(files, { columns: '2' })
    expect(outcome.failure?.message).toContain(`The data could not be read: `)
    expect(outcome.failure?.message).toContain(message)
    expect(outputs).toMatchObject({ valid: 'false', 'failed-checks': '["readable"]', rows: '' })
    expect(report.readable).toBe(false)
  })

  it('is not valid with fail-on: never, though the step succeeds', async () => {
    const { outputs, outcome } = await validate({}, { columns: '2', 'fail-on': 'never' })
    expect(outcome.failure).toBeUndefined()
    expect(outputs.valid).toBe('false')
  })
})

describe('files', () => {
  it('of a pattern are one table, each with its own lines', async () => {
    const files = { 'd/1.csv': 'a,b\n1,1\n2,2\n', 'd/2.csv': 'b,a\n3,3\n1,1\n' }
    const schema = 'columns: {a: {unique: true, max: 2}, b: {}}\ntable: {max_duplicate_share: 0}'
    const { reason, outputs } = await validate(files, { data: 'd/*.csv', schema })
    expect(outputs.rows).toBe('4')
    expect(reason).toContain('1 of 4 cells is above 2')
    expect(reason).toContain('line 2 of "d/2.csv"')
    expect(reason).toContain('25 % of the rows repeat an earlier one')
  })

  it('may be Parquet, where rows are counted', async () => {
    const parquet = readFileSync(checkoutPath('src/adapters/tables/fixtures/snappy.parquet'))
    const { reason, outputs, messages } = await validate(
      { 'data.parquet': parquet },
      { data: 'data.parquet', schema: 'columns: {id: {type: date}}' },
    )
    expect(Number(outputs.rows)).toBeGreaterThan(0)
    expect(reason).toMatch(/cells are not of type date \(row 1, row 2/)
    expect(messages.filter((each) => each.startsWith('error data.parquet'))).toEqual([])
  })

  it('must have the same columns', async () => {
    const { reason } = await validate(
      { 'd/1.csv': 'a\n1\n', 'd/2.csv': 'b\n1\n' },
      { data: 'd/*.csv', columns: '1' },
    )
    expect(reason).toContain('d/2.csv: has the columns "b", but d/1.csv has "a"')
  })

  it('may have a BOM, quotes, line breaks in cells, and other line ends', async () => {
    const data = '\ufeffa,b\r\n1,"x\r\ny, ""z"""\r\nbad,q\r\n'
    const { reason } = await validate(
      { 'data.csv': data },
      { schema: 'columns: {a: {type: integer}, b: {}}' },
    )
    expect(reason).toContain('not of type integer (line 4)')
  })
})

describe('outside text', () => {
  it('is escaped in the summary, and cells appear only with show-values', async () => {
    const data = csv(['<b>|a', 'y'], ['::error::`x`', 1])
    const schema = 'columns: {"<b>|a": {type: number}}'
    const hidden = await validate({ 'data.csv': data }, { schema })
    expect(hidden.outcome.summary).not.toContain('<b>')
    expect(JSON.stringify([hidden.outcome, hidden.report, hidden.messages])).not.toContain('::error')
    const shown = await validate({ 'data.csv': data }, { schema, 'show-values': 'true' })
    expect(shown.reason).toContain('(line 2 "::error::`x`")')
    expect(shown.outcome.summary).not.toContain('`x`')
  })

  it('gets at most ten annotations', async () => {
    const data = csv(['a', 'b', 'c'], ...Array.from({ length: 9 }, () => ['x', 'y', 'z']))
    const schema = 'columns: {a: {type: number}, b: {type: number}, c: {type: number}}'
    const { messages } = await validate({ 'data.csv': data }, { schema })
    expect(messages.filter((each) => each.startsWith('error data.csv:'))).toHaveLength(10)
  })
})

describe('inputs', () => {
  it.each<[Record<string, string>, string]>([
    [{}, 'there is nothing to check'],
    [{ schema: 's.yml', reference: 'r.csv' }, 'set only one of schema and reference'],
    [{ columns: '3', 'write-schema': 's.yml' }, 'needs reference'],
    [{ 'min-class-count': '1' }, 'needs target'],
    [{ range: '10..-10' }, 'is empty. Write the smaller number first'],
    [{ range: '10' }, 'is not a range'],
    [{ columns: '3', severity: 'null: warn' }, '"null" is not a check, did you mean nulls?'],
    [{ columns: '3', severity: 'nulls: warning' }, 'has a level that is not error or warn'],
    [{ 'max-missing': '-1' }, 'is not a whole number of cells'],
  ])('are refused: %o', (given, message) => {
    expect(() => parseInputs(contract, { data: 'data.csv', ...given })).toThrow(message)
  })

  it('missing-values and not-missing change what is missing', async () => {
    const run = (given: Record<string, string>) =>
      validate({ 'data.csv': 'a,b\nnone,1\nNA,1\n' }, { 'max-missing': '0', ...given })
    expect((await run({})).reason).toContain('1 of 4 cells is missing')
    expect((await run({ 'missing-values': 'none' })).reason).toContain('2 of 4 cells are missing')
    expect((await run({ 'not-missing': 'NA' })).outputs.valid).toBe('true')
  })
})
