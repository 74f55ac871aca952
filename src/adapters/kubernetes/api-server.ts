import { Fault } from '../../domain/failure.ts'
import type { Kubectl } from './kubectl.ts'

/** Which cluster a kubeconfig means. For telling clusters apart: both may hold what is nobody else's business. */
export interface ApiServer {
  /** Without credentials; empty where it is not known, as in a pod that asks its own cluster. */
  address: string
  /** Name of the context that is meant; empty where there is no kubeconfig. */
  context: string
}

const ASK = 'jsonpath={.clusters[0].cluster.server}{"\\n"}{.contexts[0].name}'

/**
 * By the kubeconfig that is meant. kubectl reads it, which knows every place where one may be; it asks no cluster.
 * @throws Fault or UserError where kubectl does not say: whose issue it is would be guessed
 */
export async function apiServerBy(kubectl: Pick<Kubectl, 'run'>): Promise<ApiServer> {
  const said = await kubectl.run(['config', 'view', '--minify', '--output', ASK]).catch((error: unknown) => {
    if (error instanceof Fault && /current-context must exist/.test(error.said)) return ''
    throw error
  })
  const [server = '', context = ''] = said.split('\n')
  return { address: withoutCredentials(server.trim()), context: context.trim() }
}

function withoutCredentials(server: string): string {
  if (!/^https?:/i.test(server) || !URL.canParse(server)) return ''
  const { origin, pathname } = new URL(server)
  return `${origin}${pathname.replace(/\/+$/, '')}`
}
