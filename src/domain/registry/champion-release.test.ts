import { expect, test } from 'vitest'
import { type ChampionRelease, findChampionRelease, type OtherRelease } from './champion-release.ts'

const place = { namespace: 'ml', release: 'chrun' }
const other = (
  name: string,
  version: string | undefined,
  model: string | undefined = 'churn',
): OtherRelease => ({
  name,
  model,
  version,
})

test.each<[string, string | undefined, OtherRelease[], ChampionRelease | undefined]>([
  ['nothing is recorded, and no other release exists', undefined, [], undefined],
  ['another release serves it', undefined, [other('a', '2'), other('churn', '3')], inNamespace('churn')],
  ['another release serves another model of that version', undefined, [other('a', '3', 'fraud')], undefined],
  [
    'another release serves it, but it was promoted for this one',
    'ml/chrun',
    [other('churn', '3')],
    undefined,
  ],
  ['it was promoted for a release that is gone', 'ml/churn', [], undefined],
  [
    'it was promoted for a release that serves another version now',
    'ml/churn',
    [other('churn', '2')],
    undefined,
  ],
  [
    'it was promoted for an adopted release, whose values name no version',
    'ml/churn',
    [{ name: 'churn', model: undefined, version: undefined }],
    inNamespace('churn'),
  ],
  ['another release names no version', undefined, [other('redis', undefined)], undefined],
  ['it was promoted in another namespace', 'eu/churn', [], { kind: 'elsewhere', id: 'eu/churn' }],
  ['it was promoted in another namespace, for a release of this name', 'eu/chrun', [], elsewhere('eu/chrun')],
  [
    'the release of another namespace has the name of one here',
    'eu/a',
    [other('a', undefined)],
    elsewhere('eu/a'),
  ],
  ['what is recorded is no environment id', 'churn', [], undefined],
])('%s', (_what, release, others, expected) => {
  expect(findChampionRelease({ model: 'churn', version: '3', release }, place, others)).toEqual(expected)
})

// Users may name the environment later.
test.each<[string, string | undefined, ChampionRelease | undefined]>([
  ['prod/ml/chrun', 'prod', undefined],
  ['prod/ml/chrun', undefined, undefined],
  ['ml/chrun', 'prod', undefined],
  ['prod/ml/chrun', 'staging', elsewhere('prod/ml/chrun')],
])('promoted for %s, environment %s', (release, environment, expected) => {
  const champion = { model: 'churn', version: '3', release }
  expect(findChampionRelease(champion, { ...place, environment }, [])).toEqual(expected)
})

function inNamespace(release: string): ChampionRelease {
  return { kind: 'in-namespace', release }
}

function elsewhere(id: string): ChampionRelease {
  return { kind: 'elsewhere', id }
}
