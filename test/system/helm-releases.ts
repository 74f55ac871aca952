import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { main } from '../../actions/helm-deploy/main.ts'
import { type Rig, up } from '../../rig/index.ts'
import { repository } from '../../rig/places.ts'
import { inputsOf, job } from './action-call.ts'
import { type HelmName, namespaced } from './namespaced.ts'

export type { HelmName } from './namespaced.ts'

/** The chart whose pods do what a test wants. */
export const tinyChart = join(repository, 'test/system/charts/tiny')

/** A namespace of its own in the rig's cluster, and the tools to look into it as a person would. */
export async function openNamespace() {
  const rig: Rig = await up()
  const namespace = `deploy-${randomUUID().slice(0, 8)}`
  const environment = (helm: HelmName) => ({
    ...process.env,
    PATH: [dirname(rig.tools[helm]), dirname(rig.tools.kubectl), process.env.PATH].join(':'),
  })
  const { kubectl, helm, apply } = namespaced(rig, namespace, 60_000)
  await kubectl('create', 'namespace', namespace)

  return {
    rig,
    namespace,
    environment,
    kubectl,
    helm,
    apply,
    close: () => kubectl('delete', 'namespace', namespace, '--wait=false'),
    /** Deploys as a workflow would, with the kubeconfig as text, and gives what the action said. */
    async deploy(helm: HelmName, given: Record<string, string>) {
      const context = job({ env: environment(helm) })
      const usual = {
        namespace,
        chart: tinyChart,
        kubeconfig: readFileSync(rig.kubernetes.kubeconfig, 'utf8'),
        'model-name': 'tiny',
        'require-verdict': 'false',
        timeout: '60s',
      }
      const inputs = inputsOf(contract, { ...usual, ...given }, {})
      return { ...(await main(inputs, context)), context }
    },
    /** Every variable of the server, as the running container itself has it. */
    async variables(release: string): Promise<Record<string, string>> {
      const path = 'jsonpath={.items[0].metadata.name}'
      const pod = await kubectl('get', 'pods', '--selector', `app=${release}`, '--output', path)
      const text = await kubectl('exec', pod, '--container', 'serve', '--', 'cat', '/proc/1/environ')
      const pairs = text.split('\0').map((pair) => [pair.split('=', 1)[0] ?? '', pair.replace(/^[^=]*=/, '')])
      return Object.fromEntries(pairs)
    },
    /** The value of a variable of the server, as the running container itself has it. */
    async variable(release: string, name: string): Promise<string> {
      const path = 'jsonpath={.items[0].metadata.name}'
      const pod = await kubectl('get', 'pods', '--selector', `app=${release}`, '--output', path)
      const script = `printf %s. "$${name}"`
      const text = await kubectl('exec', pod, '--container', 'serve', '--', 'sh', '-c', script)
      return text.slice(0, -1)
    },
  }
}

export type Namespace = Awaited<ReturnType<typeof openNamespace>>
