import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { buildPolicyJsonSchema, detectForm, documentForms } from './file-schema.ts'
import { readDocument } from './policy-file.ts'

type Schema = Record<string, unknown>
const schema = buildPolicyJsonSchema('https://example.test/schema.json') as Schema

/** Every object with `properties` in the schema. */
function objects(at: unknown): Schema[] {
  if (typeof at !== 'object' || at === null) return []
  const own = 'properties' in at && 'type' in at ? [at as Schema] : []
  return [...own, ...Object.values(at).flatMap(objects)]
}

describe('the JSON Schema of a policy', () => {
  it('is of draft 2020-12, under its own address', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://example.test/schema.json',
      if: { anyOf: [{ required: ['version'] }, {}, { required: ['models'] }, {}] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { $ref: '#/$defs/file' },
      else: { else: { $ref: '#/$defs/gate' } },
    })
    expect(Object.keys(schema.$defs as Schema)).toEqual(['file', 'section', 'gate'])
  })

  it('describes every key, and allows no other', () => {
    const all = objects(schema.$defs)
    expect(all.length).toBeGreaterThan(15)
    for (const { properties, additionalProperties } of all) {
      expect(additionalProperties).toBe(false)
      for (const [key, property] of Object.entries(properties as Schema))
        expect(property, key).toHaveProperty('description')
    }
  })

  it('refers only to what it defines', () => {
    const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => ref)
    for (const ref of refs) expect(['#/$defs/file', '#/$defs/section', '#/$defs/gate']).toContain(ref)
  })
})

// An editor validates what YAML makes of a document, numbers and truth values; the parser validates what was written.
describe('an editor and the parser agree on', () => {
  const accepted = [
    'metric: auc\nmin_improvement: 0.005',
    'metric: auc\nmin_improvement: "0.005"\nmin_value: -3',
    'gate: {metric: auc, kind: refresh, margin: {relative: 0.01}, anchor: {version: 3, margin: 0.1}}',
    'version: 1\ndefaults: {gate: {metric: auc}}\nmodels: {a-b: {gate: {min_value: 1e-3}}}',
    'metric: auc\nholdout: {path: 5, positive: true, training_cutoff: 2026-10-01, label_lag: 7d}',
    'metric: auc\nslices: [{column: c, values: [1, DE, false], max_regression: 0.1, min_samples: 5}]',
    'metric: auc\nstatistics: {confidence: 0.9, resamples: 200}\ncomparable: {rows: 12}',
    'metric: auc\nstatistics: {min_rows: 10, min_groups: 10}\ndecision: {max_rejections: 100}',
    'metric: auc\ncomparable: {rows: {param: n}}\nchampion: {max_age: 1h30m}',
  ]
  const refused = [
    'metrics: auc',
    'gate: {metric: auc}\nmetric: auc',
    'metric: [auc]',
    'metric: auc\nmin_improvement: -0.1',
    'metric: auc\nmin_improvement: 1%',
    'metric: auc\nmin_value: [1]',
    'metric: auc\nmin_value: {relative: 1}',
    'metric: auc\nkind: champion',
    'metric: auc\nslices: [{column: c}]',
    'metric: auc\nstatistics: {confidence: 95}',
    'metric: auc\nstatistics: {resamples: 199}',
    'metric: auc\nstatistics: {min_rows: 9}',
    'metric: auc\nstatistics: {min_groups: 9}',
    'metric: auc\ndecision: {max_rejections: 101}',
    'metric: auc\nchampion: {max_age: 90}',
    'metric: auc\nchampion: {waiver: {version: 0, by: x, reason: y, until: 2026-01-01}}',
    'version: 2',
    'environments: {}',
    'models: {"a/b": {}}',
    '- metric',
  ]
  const byEditor = (text: string) => {
    const document = parse(text)
    return documentForms[detectForm(document)].safeParse(document).success
  }
  const byParser = (text: string) => 'layers' in readDocument({ text, label: 'p' }, 'a-b')

  it.each(accepted)('%j: right', (text) => expect([byEditor(text), byParser(text)]).toEqual([true, true]))
  it.each(refused)('%j: wrong', (text) => expect([byEditor(text), byParser(text)]).toEqual([false, false]))
})
