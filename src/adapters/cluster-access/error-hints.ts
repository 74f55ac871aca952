import { Fault, UserError } from '../../domain/core/errors.ts'
import { shortenError } from '../../domain/core/shorten-error.ts'
import { truncateMiddle } from '../../domain/core/text.ts'
import { apiRefusalHint } from '../../domain/release/api-refusal.ts'
import { redact } from '../../domain/rollout/redaction.ts'
import type { ToolResult } from '../process/run-tool.ts'
import { parseApiRefusals } from './api-refusals.ts'
import { credentialPluginHint, findPluginError, findPluginOutput } from './credential-plugin.ts'
import {
  type ErrorSource,
  findErrorSource,
  findHost,
  findServerProblem,
  type ServerProblem,
} from './error-source.ts'

/** Errors of the API server that have a hint of their own. */
const ERROR_HINTS: readonly (readonly [message: RegExp, hint: string])[] = [
  [
    /"sh\.helm\.release\.[^"]*" is forbidden: exceeded quota/,
    'The quota of the namespace is used up, and Helm needs one Secret for each revision. Keep fewer with the input history-max, or ask an administrator to raise the quota.',
  ],
  [
    /is forbidden: (?:exceeded|failed) quota/,
    'The quota of the namespace does not allow the object. Ask for less in values, or ask an administrator to raise the quota.',
  ],
  [
    /"sh\.helm\.release\.[^"]*" is invalid: data: Too long|Request entity too large/,
    'The release (the chart with its values) is larger than the 1 MiB limit of a Secret. List large files of the chart in its .helmignore, and keep long texts out of values.',
  ],
  [
    /current release manifest[\s\S]*no matches for kind/,
    'The deployed revision has an object of a kind that the cluster no longer has, so Helm can do nothing with the release. Serve that API version again; for one of Kubernetes, install the plugin helm-mapkubeapis and run "helm mapkubeapis" on the release.',
  ],
  [
    /attempting to grant RBAC permissions not currently held/,
    "The chart grants permissions that the kubeconfig's user does not have. Ask an administrator to install its Roles and RoleBindings, or grant the user these permissions.",
  ],
]

/** How to fix an error of Helm or kubectl; undefined for an unknown error. */
export function hintFor(message: string, source: ErrorSource, namespace: string): string | undefined {
  const missing = parseMissingPermission(message)
  if (missing) return formatPermissionHint(missing)
  if (source === 'credential-plugin') return credentialPluginHint(message)
  if (source === 'schema') return schemaHint(message)
  if (source === 'credential-helper') return credentialHelperHint(message)
  if (source === 'file') return fileHint(message)
  if (source === 'webhook')
    return 'The API server cannot call this webhook, so it refuses every object that the webhook checks. Neither the chart nor the kubeconfig is the cause. Ask the administrators of the webhook to look at its pods, its Service and its certificate, then re-run.'
  if (source === 'kubelet')
    return 'The API server does not reach the node of the pod. Look at the node ("kubectl get nodes"), then re-run.'
  const known = ERROR_HINTS.find(([pattern]) => pattern.test(message))?.[1]
  if (known) return known
  const [refusal] = parseApiRefusals(message)
  if (refusal) return apiRefusalHint(refusal, namespace)
  const problem = findServerProblem(message, source)
  if (!problem) return undefined
  return source === 'registry' ? registryHint(problem, message) : CLUSTER_HINTS[problem]
}

const CLUSTER_HINTS: Partial<Record<ServerProblem, string>> = {
  proxy:
    'The proxy that HTTPS_PROXY names does not connect to the cluster. Correct the variable, or add the host of the cluster to NO_PROXY.',
  'certificate-expired': 'Have the certificate of the cluster renewed, or set the clock of this machine.',
  'certificate-of-other-host':
    'The certificate of the cluster is for other names than the address in the kubeconfig. Use one of them as server, or name it in tls-server-name.',
  'certificate-untrusted':
    "The kubeconfig does not trust the cluster's certificate. Update certificate-authority-data from the cluster.",
  'no-tls':
    'The address in the kubeconfig answers without TLS, so it is not the API server. Correct its scheme or port.',
  unreachable:
    'This machine does not reach the cluster. Check the address in the kubeconfig, and firewall, VPN and proxy (HTTPS_PROXY, NO_PROXY). If the cluster was restarting, re-run.',
  unavailable: 'The API server broke off, or is overloaded or restarting. Re-run when it answers.',
  credentials:
    "The cluster rejects the kubeconfig's credentials: they are expired or belong to another cluster. Create a new kubeconfig.",
}

/** The registry or repository is that of the chart, or of one of its dependencies. */
function registryHint(problem: ServerProblem, message: string): string {
  const host = findHost(message)
  const isOci = !/chart repository|index\.yaml|\.tgz\b/.test(message)
  const registry = host === undefined ? "the chart's registry" : `the chart's registry ${host}`
  const login = host && isOci ? `, or run "helm registry login ${host}" in a step before this one` : ''
  const hints: Record<ServerProblem, string> = {
    proxy: `The proxy that HTTPS_PROXY names does not connect to ${registry}. Correct the variable, or add the host to NO_PROXY.`,
    'certificate-expired': `Have the certificate of ${registry} renewed, or set the clock of this machine.`,
    'certificate-of-other-host': `The certificate of ${registry} is for other names. Use one of them in the input chart.`,
    'certificate-untrusted': `This machine does not trust the certificate of ${registry}. Set SSL_CERT_FILE in env: to a PEM file of its authority (on the command line, --ca-file).`,
    'no-tls': `${registry.replace(/^t/, 'T')} answers without TLS, and Helm needs https. Check the port in the input chart.`,
    unreachable: `This machine does not reach ${registry}. Check the address in the input chart, and firewall, VPN and proxy (HTTPS_PROXY, NO_PROXY).`,
    unavailable: `${registry.replace(/^t/, 'T')} has an error of its own. Re-run when it answers.`,
    credentials: message.startsWith('authenticating to ')
      ? `Check registry-username and registry-password: ${registry} rejects them.`
      : `Log in to ${registry}: set registry-username and registry-password${login}. If you did, check that this user may read the chart.`,
    'rate-limit': `Log in to ${registry} for a higher limit (registry-username, registry-password), or re-run later.`,
    'not-found': /index\.yaml\b/.test(message)
      ? `Check the address in the input chart-repository, or in the dependencies of Chart.yaml: ${registry} has no index.yaml there. Some repositories answer so to a user who may not read them.`
      : `Check the inputs chart and chart-version, and the dependencies in Chart.yaml: ${registry} has no such chart or version. Some registries answer so to a user who may not read it.`,
    'unknown-repository':
      'Run "helm repo add NAME URL" in a step before this one, or give the chart as an oci:// reference.',
    'other-server': `Check the address: ${registry} does not answer like a registry. Is it the login page of a proxy?`,
  }
  return hints[problem]
}

function credentialHelperHint(message: string): string {
  const [name = 'a credential helper'] = /docker-credential-[\w-]+/.exec(message) ?? []
  return `Helm asks ${name} for the credentials of the registry, as its settings or ~/.docker/config.json say. Install it in a step before this one, or remove credsStore and credHelpers from that file.`
}

function fileHint(message: string): string {
  if (message.includes('out of sync'))
    return 'Run "helm dependency update" on the chart, and commit Chart.lock.'
  return /^(?:open|stat|mkdir|write|read|remove|rename|unlinkat) /m.test(message)
    ? 'Check this path on the runner: its permissions, and the space of its disk.'
    : 'Check the dependencies in Chart.yaml: a file:// repository is a folder beside the chart, which actions/checkout must have fetched.'
}

function schemaHint(message: string): string {
  const [, file] = /failing loading "file:(?:\/\/)?([^"]*)"/.exec(message) ?? []
  if (file !== undefined)
    return `The chart's values.schema.json refers to the file ${file}, which Helm cannot read. Add it to the chart, or correct the $ref.`
  const trust = findServerProblem(message, 'schema') === 'certificate-untrusted'
  const [, address = 'another file'] = /failing loading "([^"]*)"|Get "([^"]*)"/.exec(message) ?? []
  const reach = trust
    ? 'set SSL_CERT_FILE in env: to a PEM file of the authority of that server'
    : 'let this machine reach it (firewall, HTTPS_PROXY, NO_PROXY)'
  return `The chart's values.schema.json refers to ${address}, which Helm reads to check the values. Either ${reach}, or use a copy of the chart whose schema refers to no address.`
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

/** The rule to add, ready to paste. Without a namespace, only a ClusterRole can have it. */
export function formatPermissionHint({ verb, resource, apiGroup, namespace }: MissingPermission): string {
  const rule = `{apiGroups: ["${apiGroup}"], resources: ["${resource}"], verbs: ["${verb}"]}`
  if (namespace) return `Add to the Role of the kubeconfig's user in namespace ${namespace}: ${rule}`
  if (resource === 'customresourcedefinitions')
    return "CRDs belong to the whole cluster, so no Role permits them. If they are installed, set skip-crds to true; otherwise ask an administrator to install those of the chart's folder crds."
  return `This permission is for the whole cluster, so no Role has it. Ask an administrator to create the object, or to add to a ClusterRole of the kubeconfig's user: ${rule}`
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
  const [, file] =
    /unable to read (?:client-cert|client-key|certificate-authority) (\S+) for /.exec(stderr) ?? []
  if (file !== undefined)
    return new UserError(
      `Input kubeconfig: it refers to the file ${JSON.stringify(file)}, which this machine does not have. Create one that contains its certificates: "kubectl config view --raw --flatten --minify".`,
    )
  const [, cause] = /error loading config file "[^"]*": ([^\n]*)/.exec(stderr) ?? []
  if (cause !== undefined)
    return new UserError(
      `Input kubeconfig: kubectl cannot read it: ${truncateMiddle(shortenError(redact(cause)), 200)}`,
    )
  return undefined
}

/** What the error of a tool depends on. */
export interface ToolAccess {
  namespace: string
  cancelled?: AbortSignal | undefined
}

interface ToolCall {
  system: string
  call: string
  /** The tool's own error in its stderr. */
  message: string
  /** For an unknown error. */
  hint: string
  /** Left out: kubectl. */
  helmCommand?: string | undefined
}

/**
 * Creates the error of a failed helm or kubectl call: the cancelled job, the input that causes it, or a Fault with the hint
 * for where it comes from.
 */
export function createToolError(
  { namespace, cancelled }: ToolAccess,
  { code, stderr, termination }: Omit<ToolResult, 'stdout'>,
  { message, hint, helmCommand, ...call }: ToolCall,
): Error {
  if (termination === 'cancelled' && cancelled?.aborted) return new UserError('The job was cancelled.')
  const cause = termination === 'exited' ? '' : ` (terminated: ${termination})`
  const source = findErrorSource(message, helmCommand)
  const inputError = source === 'cluster' ? findInputError(stderr, namespace) : undefined
  if (inputError) return inputError
  const detail = (redact(message) || 'no output') + cause
  const output = source === 'credential-plugin' ? redact(findPluginOutput(stderr)) : ''
  // The paragraphs after it say what the hint says.
  const shown = source === 'credential-plugin' ? findPluginError(detail) : detail
  return new Fault({
    ...call,
    status: code,
    detail,
    summary: shortenError(output ? `${shown} (${output})` : shown),
    hint: hintFor(message, source, namespace) ?? hint,
  })
}
