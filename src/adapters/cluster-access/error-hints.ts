import { Fault, UserError } from '../../domain/core/errors.ts'
import { redact } from '../../domain/rollout/redaction.ts'
import type { ToolResult } from '../process/run-tool.ts'

const UNREACHABLE =
  /connection refused|The connection to the server \S+ was refused|no such host|no route to host|i\/o timeout|handshake timeout|network is unreachable/

/** Errors of the API server, and of the connection to it, with the fix of each. */
const ERROR_HINTS: readonly (readonly [stderr: RegExp, hint: string])[] = [
  [
    /"sh\.helm\.release\.[^"]*" is forbidden: exceeded quota/,
    'The quota of the namespace is used up, and Helm needs one Secret for each revision. Keep fewer with the input history-max, or ask an administrator to raise the quota.',
  ],
  [
    /"sh\.helm\.release\.[^"]*" is invalid: data: Too long|Request entity too large/,
    'The release (the chart with its values) is larger than the 1 MiB limit of a Secret. List large files of the chart in its .helmignore, and keep long texts out of values.',
  ],
  [
    /field is immutable/,
    'Kubernetes does not allow changes to that field. Give the object another name in the chart, or delete it with kubectl, and re-run.',
  ],
  [
    /current release manifest[\s\S]*no matches for kind/,
    'The deployed revision has an object of a kind that the cluster no longer has, so Helm can do nothing with the release. Serve that API version again; for one of Kubernetes, install the plugin helm-mapkubeapis and run "helm mapkubeapis" on the release.',
  ],
  [
    /attempting to grant RBAC permissions not currently held/,
    "The chart grants permissions that the kubeconfig's user does not have. Ask an administrator to install its Roles and RoleBindings, or grant the user these permissions.",
  ],
  [
    /admission webhook "/,
    'A policy of the cluster rejects an object of the chart. Fix the chart as the message says, or ask the cluster administrators.',
  ],
  [
    /asked for the client to provide credentials|\(Unauthorized\)|\bUnauthorized\b/,
    "The cluster rejects the kubeconfig's credentials: they are expired or belong to another cluster. Create a new kubeconfig.",
  ],
  [
    /x509: /,
    "The kubeconfig does not trust the cluster's certificate. Update certificate-authority-data from the cluster.",
  ],
  [
    UNREACHABLE,
    'This machine does not reach the cluster. Check the address in the kubeconfig, and firewall, VPN and proxy (HTTPS_PROXY, NO_PROXY). If the cluster was restarting, re-run.',
  ],
]

/** How to fix an error of Helm or kubectl; undefined for an unknown error. */
export function hintFor(stderr: string): string | undefined {
  const missing = parseMissingPermission(stderr)
  if (missing) return formatPermissionHint(missing)
  return ERROR_HINTS.find(([pattern]) => pattern.test(stderr))?.[1]
}

/** A permission that the API server misses, as one rule of a Role. */
export interface MissingPermission {
  verb: string
  resource: string
  /** Empty for the core group. */
  apiGroup: string
  namespace: string
}

/**
 * Parses the API server's error, which kubectl and Helm both repeat:
 * `pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "ml"`.
 */
export function parseMissingPermission(stderr: string): MissingPermission | undefined {
  const { groups } =
    /cannot (?<verb>\S+) resource "(?<resource>[^"]+)" in API group "(?<apiGroup>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)")?/.exec(
      stderr,
    ) ?? {}
  return groups && ({ ...groups, namespace: groups.namespace ?? '' } as MissingPermission)
}

/** The rule to add, ready to paste. */
export function formatPermissionHint({ verb, resource, apiGroup, namespace }: MissingPermission): string {
  const rule = `{apiGroups: ["${apiGroup}"], resources: ["${resource}"], verbs: ["${verb}"]}`
  return `Add to the Role of the kubeconfig's user${namespace ? ` in namespace ${namespace}` : ''}: ${rule}`
}

/** The error of kubectl or Helm as an error of the input that causes it; undefined where no input does. */
export function findInputError(stderr: string, namespace: string): UserError | undefined {
  const [, quoted, bare] =
    /context "([^"]*)" does not exist|context was not found for specified context: (\S+)/.exec(stderr) ?? []
  const context = quoted ?? bare
  if (context !== undefined)
    return new UserError(
      `Input kube-context: the kubeconfig has no context ${JSON.stringify(context)} ("kubectl config get-contexts" lists them). Fix this input, or current-context in the kubeconfig.`,
    )
  if (stderr.includes(`namespaces "${namespace}" not found`))
    return new UserError(
      `Input namespace: the cluster has no namespace ${JSON.stringify(namespace)}. Correct the name, or ask an administrator to create it ("kubectl create namespace ${namespace}").`,
    )
  // Without a kubeconfig the client libraries connect to this machine.
  if (/localhost:8080\b[^\n]*refused/.test(stderr))
    return new UserError(
      'Input kubeconfig: none was found, or it names no cluster (an empty secret, for example). Give its text or its path.',
    )
  const [, cause] = /error loading config file "[^"]*": ([^\n]*)/.exec(stderr) ?? []
  if (cause !== undefined)
    return new UserError(`Input kubeconfig: kubectl cannot read it: ${redact(cause).slice(0, 200)}`)
  return undefined
}

/** What the error of a tool depends on. */
export interface ToolAccess {
  namespace: string
  cancelled?: AbortSignal | undefined
}

/**
 * Creates the error of a failed helm or kubectl call: the cancelled job, the input that causes it, or a Fault with a hint.
 * @param message the tool's own error in its stderr
 * @param hint for an unknown error
 */
export function createToolError(
  { namespace, cancelled }: ToolAccess,
  { code, stderr, termination }: Omit<ToolResult, 'stdout'>,
  { message, hint, ...call }: { system: string; call: string; message: string; hint: string },
): Error {
  if (termination === 'cancelled' && cancelled?.aborted) return new UserError('The job was cancelled.')
  const cause = termination === 'exited' ? '' : ` (terminated: ${termination})`
  return (
    findInputError(stderr, namespace) ??
    new Fault({
      ...call,
      status: code,
      detail: (redact(message) || 'no output') + cause,
      hint: hintFor(stderr) ?? hint,
    })
  )
}
