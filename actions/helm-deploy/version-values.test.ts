import { describe, expect, test } from 'vitest'
import { parseInputs } from '../../test/fakes/context.ts'
import { deploy, registry, verdictTags } from '../../test/fakes/helm-deploy.ts'
import { fakeMlflow, fakeVersion } from '../../test/fakes/mlflow.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { contract } from './contract.ts'
import { readModelValues } from './model-values.ts'

const parse = (given: Record<string, string>) =>
  parseInputs(contract, {
    release: 'digits',
    chart: 'chart',
    'model-name': 'fraud',
    'model-version': '8',
    'tracking-uri': 'http://mlflow:5000',
    ...given,
  })

describe('what the chart receives of a version', () => {
  const model = { name: 'fraud', version: '8' }
  test('the registry is asked only for what version-values names', async () => {
    const mlflow = registry()
    mlflow.listVersions = () => Promise.reject(new Error('asked'))
    expect(await readModelValues(parse({}), mlflow)).toMatchObject(model)
    expect(
      await readModelValues(parse({ 'version-values': 'image.tag: v{{version}}' }), mlflow),
    ).toMatchObject(model)
    const used = parse({ 'version-values': 'image.tag: {{digest}}' })
    await expect(readModelValues(used, mlflow)).rejects.toThrow('asked')
  })
  test('digest and run come from the version', async () => {
    const inputs = parse({ 'version-values': 'image.tag: {{digest}}\nrun: {{run-id}}' })
    expect(await readModelValues(inputs, registry())).toMatchObject({
      digest: 'digest-of-run8',
      runId: 'run8',
    })
  })
  test.each([
    ['image.tag: {{digest}}', {}, 'run8', /version-values: it names \{\{digest\}\}.* no digest yet/],
    [
      'tag: {{version}}-{{run-id}}',
      verdictTags,
      '',
      /version-values: it names \{\{run-id\}\}.* without a run/,
    ],
  ])('%s, without it in the registry', async (values, tags, runId, message) => {
    const mlflow = fakeMlflow({ versions: [fakeVersion('8', { runId, tags })], aliases: {} })
    await expect(readModelValues(parse({ 'version-values': values }), mlflow)).rejects.toThrow(message)
  })
  test('they need a tracking server', async () => {
    const inputs = parse({ 'version-values': 'image.tag: {{digest}}' })
    await expect(readModelValues(inputs, undefined)).rejects.toThrow(/need tracking-uri/)
  })
})

test.each([
  ['create-namespace', { 'create-namespace': 'true' }, ['create namespace']],
  ['no create-namespace', {}, []],
])('with %s', async (_title, inputs, expected) => {
  const fake = fakeRelease(['7'])
  const { outcome } = await deploy(fake, inputs)
  expect(outcome.outputs.outcome).toBe('deployed')
  expect(fake.calls.filter((call) => call.startsWith('create'))).toEqual(expected)
  if (expected.length > 0) expect(fake.calls[0]).toBe('create namespace')
})

test('a release that names no version is deployed again, although nothing would change', async () => {
  const fake = fakeRelease(['8'])
  const { readLive } = fake.release
  Object.assign(fake.release, {
    async readLive() {
      const live = await readLive()
      return live && live.revision === 1 ? { ...live, releaseVersion: undefined } : live
    },
  })
  const { outcome } = await deploy(fake, {}, registry(verdictTags, { champion: '8' }))
  expect(outcome.outputs.outcome).toBe('deployed')
})
