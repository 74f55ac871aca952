import { describe, expect, test } from 'vitest'
import type { Live } from './live.ts'
import { type VersionSource, wrongSource } from './version-source.ts'

const live = (version: string | undefined, releaseVersion: string | undefined = '7', ready = true): Live => ({
  revision: 1,
  releaseModel: 'digits',
  releaseVersion,
  workload: 'deployment/digits',
  pods: [{ name: 'a', ready, version }],
  settled: true,
  proof: '',
})
const source = (over: Partial<VersionSource>) =>
  wrongSource({
    from: 'label:v',
    release: 'digits',
    version: '8',
    foretold: { kind: 'unknown' },
    live: live('7'),
    ...over,
  })

describe('version-from cannot be right', () => {
  test.each<[string, Partial<VersionSource>, RegExp]>([
    [
      'the chart names nothing there',
      { foretold: { kind: 'named', version: undefined } },
      /no model version, not 8/,
    ],
    ['the chart names another thing', { foretold: { kind: 'named', version: 'rig' } }, /"rig", not 8/],
    ['ready pods answer nothing', { live: live(undefined) }, /name no model version, though .* version 7/],
    ['ready pods answer no number', { live: live('rig') }, /name "rig", though/],
  ])('%s', (_title, over, said) => {
    expect(source(over)).toMatch(/^Input version-from: by label:v, /)
    expect(source(over)).toMatch(said)
  })
})

describe('version-from may be right', () => {
  test.each<[string, Partial<VersionSource>]>([
    ['the chart names the version there', { foretold: { kind: 'named', version: '8' } }],
    [
      'the chart does, and what is live did not',
      { foretold: { kind: 'named', version: '8' }, live: live(undefined) },
    ],
    ['ready pods answer with a version', {}],
    ['another version than the values say: that is for the deployment to mend', { live: live('6') }],
    [
      'a legacy release says its version nowhere',
      { live: { ...live(undefined), releaseVersion: undefined } },
    ],
    ['no pod is ready', { live: live(undefined, '7', false) }],
    ['nothing is live', { live: undefined }],
  ])('%s', (_title, over) => {
    expect(source(over)).toBeUndefined()
  })
})
