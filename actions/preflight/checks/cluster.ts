import type { Release } from '../../../src/adapters/kubernetes/release/release.ts'
import { toFindings } from '../../../src/domain/preflight/findings.ts'
import type { Context } from '../../../src/runtime/context.ts'
import type { Adapters, PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'

export interface ClusterState {
  /** Helm is there, so that the chart can be rendered. */
  hasHelm: boolean
  /** The caller closes it. */
  release: Release | undefined
  /** The API server answers, and the namespace exists. */
  isUsable: boolean
  /** The API server answers, and helm-deploy creates the namespace. */
  isNewNamespace?: boolean
}

/** Checks the tools, the kubeconfig, the API server and the namespace. */
export async function checkCluster(
  list: Checklist,
  inputs: PreflightInputs,
  context: Context,
  adapters: Adapters,
): Promise<ClusterState> {
  const { env } = context
  const { namespace } = inputs
  const [helm, kubectl] = await Promise.all([
    list.run('helm', undefined, () => adapters.readHelmVersion({ env, namespace })),
    list.run('kubectl', undefined, () => adapters.readKubectlVersion(env)),
  ])
  if (helm) list.pass('helm', `${helm.version}.`)
  if (kubectl !== undefined) list.pass('kubectl', `${kubectl}.`)
  const hasHelm = helm !== undefined
  if (!helm || kubectl === undefined) {
    list.skip('Cluster', 'helm and kubectl are both needed.')
    return { hasHelm, release: undefined, isUsable: false }
  }
  const release = await list.run('Cluster', 'kubeconfig', () => adapters.openRelease(inputs, context))
  if (!release) return { hasHelm, release, isUsable: false }
  const version = await readServerVersion(list, inputs, release)
  if (version === undefined) return { hasHelm, release, isUsable: false }
  list.pass('Cluster', `the API server answers, ${version}.`)
  const found = await list.run('Namespace', 'namespace', async () => ({
    isNew: inputs['create-namespace'] && (await release.createNamespace('dry-run')),
    exists: inputs['create-namespace'] || (await release.hasNamespace()),
  }))
  if (found?.isNew) list.pass('Namespace', `${namespace} does not exist yet; helm-deploy creates it.`)
  else if (found?.exists) list.pass('Namespace', `${namespace} exists.`)
  else if (found) list.skip('Namespace', 'the user lacks the permission to see; see Permissions.')
  const isNewNamespace = found?.isNew === true
  return { hasHelm, release, isUsable: found !== undefined && !isNewNamespace, isNewNamespace }
}

/** A kubeconfig that belongs to a GitHub environment may be missing here: only jobs of that environment get its secrets. */
async function readServerVersion(
  list: Checklist,
  inputs: PreflightInputs,
  release: Release,
): Promise<string | undefined> {
  const before = list.findings.length
  const version = await list.run('Cluster', 'kubeconfig', release.readServerVersion)
  const isEnvironmentSecret = inputs.environment !== undefined && inputs.kubeconfig === undefined
  if (version !== undefined || !isEnvironmentSecret) return version
  const [failed] = list.findings.splice(before)
  list.findings.push(
    ...toFindings(
      'Cluster',
      'not-checked',
      `${failed?.message} If it is a secret of the environment ${inputs.environment}, let this job use that environment too.`,
      'kubeconfig',
    ),
  )
  return undefined
}
