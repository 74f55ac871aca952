import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contract as reconcileContract } from '../../actions/reconcile/contract.ts'
import { main as reconcile } from '../../actions/reconcile/main.ts'
import type { Rule } from '../../src/domain/preflight/rbac.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import { createUsers, readPublishedRules } from './support/cluster/cluster-users.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
/** The user of the published Role. */
let kubeconfig = ''
beforeAll(async () => {
  cluster = await openTestEnvironment()
  const [text = ''] = await createUsers(cluster, [{ name: 'published', rules: readPublishedRules() }])
  kubeconfig = text
})
afterAll(() => cluster.close())

/** The published rules that this chart needs, one verb of one resource each. */
const REQUIRED_PERMISSIONS: [apiGroup: string, resource: string, verbs: string[]][] = [
  ['', 'secrets', ['get', 'list', 'create', 'update', 'delete']],
  ['', 'configmaps', ['get', 'create', 'patch']],
  ['', 'pods', ['list']],
  ['', 'events', ['list']],
  ['', 'pods/log', ['get']],
  ['apps', 'replicasets', ['list']],
  ['apps', 'deployments', ['get', 'create', 'patch', 'delete']],
]

/** The published rules without one verb of one resource. */
function rulesWithout(apiGroup: string, resource: string, verb: string): Rule[] {
  return readPublishedRules()
    .flatMap((rule) =>
      rule.resources.map((each) => {
        const taken = rule.apiGroups.includes(apiGroup) && each === resource
        return { ...rule, resources: [each], verbs: rule.verbs.filter((one) => !taken || one !== verb) }
      }),
    )
    .filter(({ verbs }) => verbs.length > 0)
}

describe.concurrent.each(['helm3', 'helm4'] as const)('with the published Role and %s', (helm) => {
  test('a whole life cycle passes, in the cluster and in the registry', async () => {
    const model = `role-${randomUUID()}`
    const release = `life-${helm}`
    const deploy = async (values: object = {}, more: Record<string, string> = {}) => {
      const { number } = await cluster.registerVersion(model)
      const inputs = {
        release,
        kubeconfig,
        'model-name': model,
        'model-version': number,
        'tracking-uri': cluster.trainer.uri,
        'require-verdict': 'true',
        values: JSON.stringify(values),
        ...more,
      }
      return { ...(await cluster.deploy(helm, inputs)), number }
    }
    const first = await deploy()
    expect(first.failure).toBeUndefined()
    await cluster.promoteVersion(helm, release, first.number, model, { kubeconfig })
    // The smoke test runs a pod of the candidate beside the release.
    const serve = 'touch /tmp/ready; cd /tmp; exec python3 -m http.server 8080'
    const second = await deploy({ serve }, { verify: '- {port: 8080, path: /, expect: {status: 200}}' })
    expect(second.failure).toBeUndefined()
    expect(second.outputs).toMatchObject({ outcome: 'deployed', 'live-revision': '2' })
    await cluster.promoteVersion(helm, release, second.number, model, { kubeconfig })

    const bad = await deploy({ serve: 'echo no module named pandas; exit 3' })
    expect(bad.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': second.number })
    const evidence = JSON.parse(readFileSync(join(bad.outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(evidence).toMatchObject({ diagnosis: { container: 'serve' } })
    // The kubelet may have dropped the log of an earlier container; no permission was missing.
    expect(evidence.gaps.join()).not.toMatch(/forbidden|Role/)
    expect(evidence.events).not.toEqual([])
    expect(evidence.logs).not.toEqual([])

    const back = await cluster.rollBackVersion(helm, release, second.number, {
      kubeconfig,
      'model-name': model,
      'tracking-uri': cluster.trainer.uri,
    })
    expect(back.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': first.number })

    const given = { release, kubeconfig, 'model-name': model, 'tracking-uri': cluster.trainer.uri }
    const repair = inputsOf(reconcileContract, {
      ...cluster.clusterInputs(),
      ...given,
      repair: 'true',
      issue: 'false',
    })
    const looked = () => reconcile(repair, createJob({ env: cluster.environment(helm) }))
    // After the rollback of an alert, demote writes the tags; until then reconcile moves no alias.
    const beforeDemote = await looked()
    expect(beforeDemote.outputs).toMatchObject({ consistent: 'false', 'champion-version': second.number })
    expect(beforeDemote.summary).toContain('demote')
    const demoted = await cluster.demoteVersion(helm, release, second.number, model, { kubeconfig })
    expect(demoted.outputs).toMatchObject({ 'champion-version': first.number })
    expect((await looked()).outputs).toMatchObject({ consistent: 'true' })
  })

  test('a first install that fails is uninstalled', async () => {
    const given = { release: `gone-${helm}`, kubeconfig, 'model-version': '1' }
    const { outputs } = await cluster.deploy(helm, { ...given, values: JSON.stringify({ init: 'exit 2' }) })
    expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'InitContainerFailed' })
  })

  test('reports exactly the missing permission and changes nothing', async () => {
    const release = `less-${helm}`
    const { failure } = await cluster.deploy(helm, { release, 'model-version': '1' })
    expect(failure).toBeUndefined()
    // Both Helms need the same permissions: one is tested with every verb, the other with every rule.
    const cases = REQUIRED_PERMISSIONS.flatMap(([apiGroup, resource, verbs]) =>
      (helm === 'helm4' ? verbs : verbs.slice(0, 1)).map((verb) => [apiGroup, resource, verb] as const),
    )
    const users = cases.map(([apiGroup, resource, verb], at) => ({
      name: `less-${helm}-${at}`,
      rules: rulesWithout(apiGroup, resource, verb),
    }))
    const kubeconfigs = await createUsers(cluster, users)
    const before = await takeSnapshot(release)
    for (const [at, [apiGroup, resource, verb]] of cases.entries()) {
      const given = { release, 'model-version': '2', kubeconfig: kubeconfigs[at] ?? '' }
      await expect(cluster.deploy(helm, given), `${verb} ${resource}`).rejects.toThrow(
        `The kubeconfig's user lacks permissions in namespace ${cluster.namespace}. Add to its Role:\n- {apiGroups: ["${apiGroup}"], resources: ["${resource}"], verbs: ["${verb}"]}`,
      )
    }
    expect(await takeSnapshot(release)).toBe(before)
  })

  test('requires the permissions of an optional input only where it is set', async () => {
    const more = ['pods/proxy', 'pods/portforward']
    const rules = readPublishedRules().filter(
      ({ resources, verbs }) =>
        !more.some((each) => resources.includes(each)) && !verbs.join().startsWith('get,create,delete'),
    )
    const [text = ''] = await createUsers(cluster, [{ name: `some-${helm}`, rules }])
    const given = {
      release: `some-${helm}`,
      kubeconfig: text,
      'model-version': '1',
      verify: '- {port: 8080, path: /, expect: {status: 200}}',
      'version-from': 'http:8080/#version',
    }
    await expect(cluster.deploy(helm, given)).rejects.toThrow(
      `Add to its Role:
- {apiGroups: [""], resources: ["pods"], verbs: ["get", "create", "delete"]}
- {apiGroups: [""], resources: ["pods/portforward"], verbs: ["create"]}
- {apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]}`,
    )
  })

  test('reports all permissions at once to a user without any, those of the chart too', async () => {
    const [text = ''] = await createUsers(cluster, [{ name: `none-${helm}`, rules: [] }])
    const error: unknown = await cluster
      .deploy(helm, { release: `none-${helm}`, 'model-version': '1', kubeconfig: text })
      .catch((thrown: unknown) => thrown)
    const message = String(error)
    for (const [apiGroup, resource, verbs] of REQUIRED_PERMISSIONS)
      for (const verb of verbs)
        expect(message).toMatch(
          new RegExp(
            `apiGroups: \\["${apiGroup}"\\], resources: \\[[^\\]]*"${resource}"[^\\]]*\\], verbs: \\[[^\\]]*"${verb}"`,
          ),
        )
  })
})

/** Reads all objects that a deployment can change, without fields that change on their own. */
async function takeSnapshot(release: string): Promise<string> {
  const kinds = 'deployments,secrets,configmaps'
  const path =
    'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.generation}{"\\n"}{end}'
  const all = await cluster.kubectl('get', kinds, '--output', path)
  return all
    .split('\n')
    .filter((line) => line.includes(release))
    .sort()
    .join('\n')
}
