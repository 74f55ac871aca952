import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contract as reconcileContract } from '../../actions/reconcile/contract.ts'
import { main as reconcile } from '../../actions/reconcile/main.ts'
import type { Rule } from '../../src/domain/rollout-rights.ts'
import { inputsOf, job } from './action-call.ts'
import { publishedRules, usersWith } from './cluster-user.ts'
import { openSpace, type Space } from './rollback-space.ts'

let space: Space
/** The user that we publish. */
let kubeconfig = ''
beforeAll(async () => {
  space = await openSpace()
  const [text = ''] = await usersWith(space, [{ name: 'published', rules: publishedRules() }])
  kubeconfig = text
})
afterAll(() => space.close())

/** What this chart needs of the published rules, each verb of each resource by itself. */
const WANTED: [apiGroup: string, resource: string, verbs: string[]][] = [
  ['', 'secrets', ['get', 'list', 'create', 'update', 'delete']],
  ['', 'configmaps', ['get', 'create', 'patch']],
  ['', 'pods', ['list']],
  ['', 'events', ['list']],
  ['', 'pods/log', ['get']],
  ['apps', 'replicasets', ['list']],
  ['apps', 'deployments', ['get', 'create', 'patch', 'delete']],
]

/** The published rules without one verb of one resource. */
function without(apiGroup: string, resource: string, verb: string): Rule[] {
  return publishedRules()
    .flatMap((rule) =>
      rule.resources.map((each) => {
        const taken = rule.apiGroups.includes(apiGroup) && each === resource
        return { ...rule, resources: [each], verbs: rule.verbs.filter((one) => !taken || one !== verb) }
      }),
    )
    .filter(({ verbs }) => verbs.length > 0)
}

describe.concurrent.each(['helm3', 'helm4'] as const)('with the published Role and %s', (helm) => {
  test('a whole life passes, in the cluster and in the registry', async () => {
    const model = `role-${randomUUID()}`
    const release = `life-${helm}`
    const deploy = async (values: object = {}, more: Record<string, string> = {}) => {
      const { number } = await space.registered(model)
      const inputs = {
        release,
        kubeconfig,
        'model-name': model,
        'model-version': number,
        'tracking-uri': space.trainer.uri,
        'require-verdict': 'true',
        values: JSON.stringify(values),
        ...more,
      }
      return { ...(await space.deploy(helm, inputs)), number }
    }
    const first = await deploy()
    expect(first.failure).toBeUndefined()
    await space.promoted(helm, release, first.number, model, { kubeconfig })
    // A candidate's pod is run beside the release, and asked.
    const serve = 'touch /tmp/ready; cd /tmp; exec python3 -m http.server 8080'
    const second = await deploy({ serve }, { verify: '- {port: 8080, path: /, expect: {status: 200}}' })
    expect(second.failure).toBeUndefined()
    expect(second.outputs).toMatchObject({ outcome: 'deployed', 'live-revision': '2' })
    await space.promoted(helm, release, second.number, model, { kubeconfig })

    const bad = await deploy({ serve: 'echo no module named pandas; exit 3' })
    expect(bad.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': second.number })
    const evidence = JSON.parse(readFileSync(join(bad.outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(evidence).toMatchObject({ diagnosis: { container: 'serve' } })
    // The kubelet may have dropped the log of an earlier run; a right is not what was missing.
    expect(evidence.gaps.join()).not.toMatch(/forbidden|Role/)
    expect(evidence.events).not.toEqual([])
    expect(evidence.logs).not.toEqual([])

    const back = await space.rolledBack(helm, release, second.number, {
      kubeconfig,
      'model-name': model,
      'tracking-uri': space.trainer.uri,
    })
    expect(back.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': first.number })

    const given = { release, kubeconfig, 'model-name': model, 'tracking-uri': space.trainer.uri }
    const repair = inputsOf(reconcileContract, { ...space.reach(), ...given, repair: 'true', issue: 'false' })
    const looked = () => reconcile(repair, job({ env: space.environment(helm) }))
    // What an alert took back is for demote to tell the ledger; until then no alias is moved.
    const untold = await looked()
    expect(untold.outputs).toMatchObject({ consistent: 'false', 'champion-version': second.number })
    expect(untold.summary).toContain('demote')
    const demoted = await space.demoted(helm, release, second.number, model, { kubeconfig })
    expect(demoted.outputs).toMatchObject({ 'champion-version': first.number })
    expect((await looked()).outputs).toMatchObject({ consistent: 'true' })
  })

  test('a first install that fails is uninstalled', async () => {
    const given = { release: `gone-${helm}`, kubeconfig, 'model-version': '1' }
    const { outputs } = await space.deploy(helm, { ...given, values: JSON.stringify({ init: 'exit 2' }) })
    expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'InitContainerFailed' })
  })

  test('each right that is taken away is named, that one only, and nothing is touched', async () => {
    const release = `less-${helm}`
    const { failure } = await space.deploy(helm, { release, 'model-version': '1' })
    expect(failure).toBeUndefined()
    // The question is the same for both; with one of them every verb, with the other every rule.
    const cases = WANTED.flatMap(([apiGroup, resource, verbs]) =>
      (helm === 'helm4' ? verbs : verbs.slice(0, 1)).map((verb) => [apiGroup, resource, verb] as const),
    )
    const users = cases.map(([apiGroup, resource, verb], at) => ({
      name: `less-${helm}-${at}`,
      rules: without(apiGroup, resource, verb),
    }))
    const kubeconfigs = await usersWith(space, users)
    const before = await snapshot(release)
    for (const [at, [apiGroup, resource, verb]] of cases.entries()) {
      const given = { release, 'model-version': '2', kubeconfig: kubeconfigs[at] ?? '' }
      await expect(space.deploy(helm, given), `${verb} ${resource}`).rejects.toThrow(
        `The kubeconfig's user lacks rights in namespace ${space.namespace}. Add to its Role:\n- {apiGroups: ["${apiGroup}"], resources: ["${resource}"], verbs: ["${verb}"]}`,
      )
    }
    expect(await snapshot(release)).toBe(before)
  })

  test('rights that only some inputs need are asked for where they are given', async () => {
    const more = ['pods/proxy', 'pods/portforward']
    const rules = publishedRules().filter(
      ({ resources, verbs }) =>
        !more.some((each) => resources.includes(each)) && !verbs.join().startsWith('get,create,delete'),
    )
    const [text = ''] = await usersWith(space, [{ name: `some-${helm}`, rules }])
    const given = {
      release: `some-${helm}`,
      kubeconfig: text,
      'model-version': '1',
      verify: '- {port: 8080, path: /, expect: {status: 200}}',
      'version-from': 'http:8080/#version',
    }
    await expect(space.deploy(helm, given)).rejects.toThrow(
      `Add to its Role:
- {apiGroups: [""], resources: ["pods"], verbs: ["get", "create", "delete"]}
- {apiGroups: [""], resources: ["pods/portforward"], verbs: ["create"]}
- {apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]}`,
    )
  })

  test('who has none is told all of them at once, those of the chart too', async () => {
    const [text = ''] = await usersWith(space, [{ name: `none-${helm}`, rules: [] }])
    const error: unknown = await space
      .deploy(helm, { release: `none-${helm}`, 'model-version': '1', kubeconfig: text })
      .catch((thrown: unknown) => thrown)
    const told = String(error)
    for (const [apiGroup, resource, verbs] of WANTED)
      for (const verb of verbs)
        expect(told).toMatch(
          new RegExp(
            `apiGroups: \\["${apiGroup}"\\], resources: \\[[^\\]]*"${resource}"[^\\]]*\\], verbs: \\[[^\\]]*"${verb}"`,
          ),
        )
  })
})

/** All that a deployment could touch, without what changes by itself. */
async function snapshot(release: string): Promise<string> {
  const kinds = 'deployments,secrets,configmaps'
  const path =
    'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.generation}{"\\n"}{end}'
  const all = await space.kubectl('get', kinds, '--output', path)
  return all
    .split('\n')
    .filter((line) => line.includes(release))
    .sort()
    .join('\n')
}
