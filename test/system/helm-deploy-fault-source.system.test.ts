import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { HelmName } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

/** Versions that exit, each for its own reason. The script is the same in every version. */
const EXITS = {
  'a server that does not reach MLflow': `python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:9/")'`,
  'a program for another architecture': String.raw`printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0\1\0\0\0' > /tmp/server; chmod +x /tmp/server; /tmp/server`,
  'a file that does not unpickle': `printf v > /tmp/model.pkl; python3 -c 'import pickle; pickle.load(open("/tmp/model.pkl", "rb"))'`,
  'an exit that says nothing': 'echo bad; exit 3',
} as const
type Exit = keyof typeof EXITS

test.concurrent.each<[HelmName, readonly [Exit, 'suspect' | 'quarantined', RegExp][]]>([
  [
    'helm3',
    [
      ['a server that does not reach MLflow', 'suspect', /; a connection failed$/],
      ['a file that does not unpickle', 'quarantined', /; the model's files do not unpickle$/],
    ],
  ],
  [
    'helm4',
    [
      ['a program for another architecture', 'suspect', /; the image does not fit the architecture/],
      [
        'an exit that says nothing',
        'quarantined',
        /; version 1 starts in the same pod template, in a pod beside the release$/,
      ],
    ],
  ],
])('whose fault an exit is, with %s: %s', async (helm, expected) => {
  const release = `fault-${helm}-${randomUUID().slice(0, 4)}`
  const model = `fault-${randomUUID().slice(0, 8)}`
  const exits = expected.map(([exit], index) => `${index + 2}) ${EXITS[exit]}; exit $?;;`)
  const serve = `case "$MODEL_VERSION" in ${exits.join(' ')} esac; touch /tmp/ready; exec sleep 3600`
  const deployNext = async () => {
    const { number } = await cluster.registerVersion(model, { weights: randomUUID() })
    const result = await cluster.deployVersion(helm, release, number, { serve }, model)
    return { ...result, tags: (await cluster.mlflow.getVersion(model, number))?.tags ?? {} }
  }
  const good = await deployNext()
  expect(good.outputs.outcome).toBe('deployed')
  await cluster.mlflow.setAlias(model, 'champion', '1')
  for (const [exit, tag, cause] of expected) {
    const { outputs, tags } = await deployNext()
    expect([exit, outputs.outcome]).toEqual([exit, 'rolled-back'])
    const written = {
      quarantined: tags[versionTags.quarantined],
      suspect: tags[versionTags.suspect],
    }
    expect(written[tag]).toMatch(cause)
    expect(Object.values(written).filter(Boolean)).toHaveLength(1)
  }
  const selector = 'retrain-actions.github.io/smoke-test'
  const listPods = () => cluster.kubectl('get', 'pods', '--selector', selector, '--output', 'name')
  // The pod beside the release has a second to end.
  for (; (await listPods()) !== ''; ) await sleep(500)
})
