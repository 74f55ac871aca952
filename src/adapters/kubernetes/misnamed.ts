import { UserError } from '../../domain/failure.ts'
import { redact } from '../../domain/rollout-redaction.ts'

/** The user's own mistake in what kubectl or Helm said, by the input that it is in; undefined where it is none that we know. */
export function misnamed(said: string, namespace: string): UserError | undefined {
  const [, quoted, bare] =
    /context "([^"]*)" does not exist|context was not found for specified context: (\S+)/.exec(said) ?? []
  const context = quoted ?? bare
  if (context !== undefined)
    return new UserError(
      `Input kube-context: the kubeconfig has no context ${JSON.stringify(context)} ("kubectl config get-contexts" lists those that it has); mend this input, or current-context in the kubeconfig.`,
    )
  if (said.includes(`namespaces "${namespace}" not found`))
    return new UserError(
      `Input namespace: the cluster has no namespace ${JSON.stringify(namespace)}. Correct the name, or let an administrator create it ("kubectl create namespace ${namespace}").`,
    )
  // Where the client libraries find no kubeconfig, they ask this machine.
  if (/localhost:8080\b[^\n]*refused/.test(said))
    return new UserError(
      'Input kubeconfig: none was found, or one that names no cluster (an empty secret, say). Give its text or its path.',
    )
  const [, why] = /error loading config file "[^"]*": ([^\n]*)/.exec(said) ?? []
  if (why !== undefined)
    return new UserError(
      `Input kubeconfig: is not a kubeconfig that kubectl can read: ${redact(why).slice(0, 200)}`,
    )
  return undefined
}
