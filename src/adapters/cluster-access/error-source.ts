import { PLUGIN_ERROR } from './credential-plugin.ts'

/** Where an error of helm or kubectl comes from. */
export type ErrorSource =
  /** The program that gets the credentials of the kubeconfig. */
  | 'credential-plugin'
  /** The program that keeps the credentials of registries. */
  | 'credential-helper'
  /** A file or folder of the runner, such as those of the chart's dependencies. */
  | 'file'
  /** A webhook that the API server cannot call. */
  | 'webhook'
  /** The node of a pod. */
  | 'kubelet'
  /** An address in the chart's values.schema.json. */
  | 'schema'
  /** The registry or repository of the chart, or of a chart that it depends on. */
  | 'registry'
  | 'cluster'

/** Commands of helm that only call registries, and those that load a chart first. */
const REGISTRY_COMMANDS: readonly string[] = ['dependency', 'pull', 'show', 'registry', 'repo']
const CHART_COMMANDS: readonly string[] = ['template', 'upgrade', 'install']

const SOURCES: readonly (readonly [RegExp, ErrorSource])[] = [
  [PLUGIN_ERROR, 'credential-plugin'],
  [/docker-credential-|error (?:getting|storing) credentials - err/, 'credential-helper'],
  [
    /\(Chart\.lock\) is out of sync|^(?:directory|repository file:)\S* .*not found|could not retrieve Chart\.yaml|^(?:open|stat|mkdir|write|read|remove|rename|unlinkat) \S+: (?:permission denied|no such file|no space left|not a directory|read-only file)/m,
    'file',
  ],
  [/failed calling webhook "|conversion webhook for /, 'webhook'],
  [/error dialing backend: |error upgrading connection: /, 'kubelet'],
  [/failing loading "|specifications of the schema\(s\)[\s\S]*\bGet "https?:/, 'schema'],
  [/cluster unreachable: |Unable to connect to the server|The connection to the server /i, 'cluster'],
  [
    /"FetchReference"|chart repository|could not download |no cached repo|no repository definition|^repo \S+ not found|descriptors found|manifest unknown|not found in https?:|could not locate a version|no chart version found|can't get a valid version|\/v2\/|index\.yaml\b|\.tgz\b|fetch (?:anonymous|oauth) token|pull access denied/,
    'registry',
  ],
]

/** @param helmCommand such as `upgrade`; undefined: kubectl, which knows no charts */
export function findErrorSource(message: string, helmCommand?: string): ErrorSource {
  const found = SOURCES.find(([pattern]) => pattern.test(message))?.[1]
  if (found !== undefined && found !== 'registry') return found
  // A policy may repeat what a registry answered to it.
  const isOfChart =
    found === 'registry' && !/denied (?:the )?request|is (?:invalid|forbidden): /.test(message)
  const isOfRegistry =
    REGISTRY_COMMANDS.includes(helmCommand ?? '') || (CHART_COMMANDS.includes(helmCommand ?? '') && isOfChart)
  return isOfRegistry ? 'registry' : 'cluster'
}

/** Why a server does not do what it is asked for. */
export type ServerProblem =
  | 'proxy'
  | 'certificate-expired'
  | 'certificate-of-other-host'
  | 'certificate-untrusted'
  | 'no-tls'
  | 'unreachable'
  | 'unavailable'
  | 'credentials'
  | 'rate-limit'
  | 'not-found'
  /** Helm has no address for the name of a repository. */
  | 'unknown-repository'
  | 'other-server'

/** In Go's words, as far as they are the same for every server. */
const PROBLEMS: readonly (readonly [RegExp, ServerProblem])[] = [
  [/proxyconnect |Proxy Authentication Required|Unsupported method \('CONNECT'\)/, 'proxy'],
  [/certificate has expired or is not yet valid/, 'certificate-expired'],
  [
    /certificate is (?:not )?valid for |doesn't contain any IP SANs|relies on legacy Common Name/,
    'certificate-of-other-host',
  ],
  [/x509: |certificate is not trusted/, 'certificate-untrusted'],
  [/HTTP response to HTTPS client|first record does not look like a TLS handshake/, 'no-tls'],
  [
    /asked for the client to provide credentials|\bUnauthorized\b|basic credential not found|no basic auth credentials|remote error: tls: /,
    'credentials',
  ],
  [
    /connection refused|The connection to the server .*was refused|no such host|server misbehaving|no route to host|network is unreachable|i\/o timeout|handshake timeout|name resolution|Client\.Timeout exceeded|connect to the server: context deadline exceeded/,
    'unreachable',
  ],
  [
    /connection reset by peer|client connection lost|broken pipe|: (?:unexpected )?EOF$|etcdserver: |currently unable to handle the request|in the time allotted|server is shutting down|the server has received too many requests/m,
    'unavailable',
  ],
]

/** Of a registry, or of a server that answers in its place. */
const REGISTRY_PROBLEMS: readonly (readonly [RegExp, ServerProblem])[] = [
  ...PROBLEMS,
  [/^repo \S+ not found|no repository definition/, 'unknown-repository'],
  [/(?:code|status|:) 40[13]\b|unauthorized|denied/, 'credentials'],
  [/(?:code|status|:) 429\b|toomanyrequests/i, 'rate-limit'],
  [/(?:code|status|:) 5\d\d\b/, 'unavailable'],
  [
    /(?:code|status|:) 404\b|not found|(?:manifest|name|blob) unknown|could not locate a version|no chart version found|can't get a valid version/,
    'not-found',
  ],
  [
    /text\/html|repository[^\n]*error converting YAML|invalid character '<'|cannot unmarshal|descriptors found/,
    'other-server',
  ],
]

export function findServerProblem(message: string, source: ErrorSource): ServerProblem | undefined {
  const problems = source === 'registry' ? REGISTRY_PROBLEMS : PROBLEMS
  const words = withoutAddresses(message)
  return problems.find(([pattern]) => pattern.test(words))?.[1]
}

/** Ports, paths and names of an address may look like a status. */
function withoutAddresses(message: string): string {
  return message.replace(/\bhttps?:\/\/[^\s"]*[^\s":]|\b[\w.-]{1,100}:\d{1,5}\b[\w./-]*/g, '')
}

/** The host of the last address that a message names; a proxy in front of it has none. Undefined: it names none. */
export function findHost(message: string): string | undefined {
  const [, url] = [...message.matchAll(/\bhttps?:\/\/([^\s"/?]+)/g)].at(-1) ?? []
  const [, reference] = /on source: ([\w.:-]+)\//.exec(message) ?? []
  return url ?? reference
}
