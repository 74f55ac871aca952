import type { Reach } from '../../src/adapters/kubernetes/reach.ts'
import { addressIn } from '../../src/adapters/mlflow/address.ts'
import { runTool } from '../../src/adapters/process/run-tool.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** Which registry and which cluster, as pairs of what it is and its name; safe to show. */
export type Place = readonly (readonly [what: string, name: string])[]

/** What tells a model and its release from others of the same names, as in staging and production. */
export function placeOf(inputs: Inputs<typeof contract>, apiServer: string): Place {
  const named = [
    ['MLflow', addressIn(inputs)?.base ?? ''],
    ['MLflow workspace', inputs.workspace ?? ''],
    ['cluster', apiServer],
    ['context of the kubeconfig', inputs['kube-context'] ?? ''],
  ] as const
  return named.filter(([, name]) => name !== '')
}

/**
 * Address of the API server by the kubeconfig that is meant, without credentials; empty where none names one, as in a pod
 * that asks its own cluster. kubectl reads it, which knows every place where a kubeconfig may be; it asks no cluster.
 * @throws Error where kubectl was ended before it had answered
 */
export async function apiServerIn({
  kubectlFlags,
  env,
  cancelled,
}: Pick<Reach, 'kubectlFlags' | 'env' | 'cancelled'>): Promise<string> {
  const ask = ['config', 'view', '--minify', '--output', 'jsonpath={.clusters[0].cluster.server}']
  const told = await runTool('kubectl', [...kubectlFlags, ...ask], { env, cancelled, timeout: 30_000 })
  if (told.ended !== 'by itself') throw new Error(`kubectl config view was ended (${told.ended})`)
  const server = told.code === 0 ? told.stdout.trim() : ''
  if (!/^https?:/i.test(server) || !URL.canParse(server)) return ''
  const { origin, pathname } = new URL(server)
  return `${origin}${pathname.replace(/\/+$/, '')}`
}
