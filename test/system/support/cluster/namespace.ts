import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { contract } from '../../../../actions/helm-deploy/contract.ts'
import { main } from '../../../../actions/helm-deploy/main.ts'
import { type Rig, up } from '../../../../rig/index.ts'
import { repository } from '../../../../rig/paths.ts'
import { createJob, inputsOf } from '../action-call.ts'
import { createNamespacedTools, type HelmName } from './namespaced-tools.ts'

export type { HelmName } from './namespaced-tools.ts'

/** A chart whose pods run a command from its values. */
export const tinyChart = join(repository, 'test/system/charts/tiny')

/** Creates a namespace in the rig's cluster, with the tools to inspect it. */
export async function openNamespace() {
  const rig: Rig = await up()
  const namespace = `deploy-${randomUUID().slice(0, 8)}`
  const environment = (helm: HelmName) => ({
    ...process.env,
    PATH: [dirname(rig.tools[helm]), dirname(rig.tools.kubectl), process.env.PATH].join(':'),
  })
  const { kubectl, helm, apply } = createNamespacedTools(rig, namespace, 60_000)
  await kubectl('create', 'namespace', namespace)

  return {
    rig,
    namespace,
    environment,
    kubectl,
    helm,
    apply,
    close: () => kubectl('delete', 'namespace', namespace, '--wait=false'),
    /** Runs helm-deploy as a workflow does, with the kubeconfig as text. */
    async deploy(helm: HelmName, changes: Record<string, string>) {
      const context = createJob({ env: environment(helm) })
      const defaults = {
        namespace,
        chart: tinyChart,
        kubeconfig: readFileSync(rig.kubernetes.kubeconfig, 'utf8'),
        'model-name': 'tiny',
        'require-verdict': 'false',
        timeout: '60s',
      }
      const inputs = inputsOf(contract, { ...defaults, ...changes }, {})
      return { ...(await main(inputs, context)), context }
    },
    /** Reads all environment variables of the server's running container. */
    async readVariables(release: string): Promise<Record<string, string>> {
      const path = 'jsonpath={.items[0].metadata.name}'
      const pod = await kubectl('get', 'pods', '--selector', `app=${release}`, '--output', path)
      const text = await kubectl('exec', pod, '--container', 'serve', '--', 'cat', '/proc/1/environ')
      const pairs = text.split('\0').map((pair) => [pair.split('=', 1)[0] ?? '', pair.replace(/^[^=]*=/, '')])
      return Object.fromEntries(pairs)
    },
    /** Reads an environment variable in the server's running container. */
    async readVariable(release: string, name: string): Promise<string> {
      const path = 'jsonpath={.items[0].metadata.name}'
      const pod = await kubectl('get', 'pods', '--selector', `app=${release}`, '--output', path)
      const script = `printf %s. "$${name}"`
      const text = await kubectl('exec', pod, '--container', 'serve', '--', 'sh', '-c', script)
      return text.slice(0, -1)
    },
  }
}

export type Namespace = Awaited<ReturnType<typeof openNamespace>>
