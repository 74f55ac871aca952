/** The system that receives a request. */
export type System = 'mlflow' | 'kubernetes'

/** A write request. Its names are the same in each run of the same chain. */
export interface Write {
  system: System
  /** The step of the job that sent it: "helm-deploy", "helm-deploy post". */
  step: string
  /** "PATCH deployments/R", "POST model-versions/set-tag retrain.promoted-at". */
  call: string
  /** Step, call, and number of this call in this step: "promote: POST registered-models/alias champion #1". */
  key: string
}

/** A request at a proxy. */
export interface Request {
  method: string
  /** Path and query. */
  url: string
  body: Buffer
}

/** The names of a release and a model in this case. The name of a write does not contain them. */
export interface Names {
  release: string
  model: string
}

/** Whether a request only reads. Permission reviews, searches and dry runs use writing methods, but only read. */
export function isRead(system: System, { method, url }: Pick<Request, 'method' | 'url'>): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return true
  if (system === 'mlflow') return /\/search(\?|$)/.test(url)
  return /[?&]dryRun=/.test(url) || /\/(selfsubject|subjectaccess|localsubjectaccess)/.test(url)
}

/** Describes a write without names, ids and times of the run. */
export function describeCall(system: System, request: Request, names: Names): string {
  const path = request.url.replace(/\?.*$/, '')
  const call =
    system === 'mlflow' ? describeMlflowCall(path, request.body) : describeKubernetesCall(path, request.body)
  return (
    `${request.method} ${call}`
      .replaceAll(names.model, 'M')
      .replaceAll(names.release, 'R')
      .replace(/\b[0-9a-f]{32}\b/g, 'ID')
      // A pod beside the release has a random name.
      .replace(/(pods\/R-[\w-]*?)-\w+$/, '$1-ID')
  )
}

function describeMlflowCall(path: string, body: Buffer): string {
  const [, rest = path] = /\/(?:mlflow|mlflow-artifacts\/artifacts)\/(.*)$/.exec(path) ?? []
  const { key, alias } = parseObject(body)
  const detail = [key, alias].filter((word) => typeof word === 'string').join(' ')
  return `${rest.replace(/^\d+\/(?=[0-9a-f]{32}\/)/, '')}${detail && ` ${detail}`}`
}

function describeKubernetesCall(path: string, body: Buffer): string {
  const [, rest = path] = /\/namespaces\/[^/]+\/(.*)$/.exec(path) ?? []
  const { metadata, data } = parseObject(body) as { metadata?: { name?: string }; data?: object }
  const name = metadata?.name
  const pathWithName = name === undefined || rest.includes(name) ? rest : `${rest}/${name}`
  const status = rest.startsWith('secrets') ? readHelmStatus(body) : ''
  const keys = pathWithName.startsWith('configmaps/') ? formatKeys(data ?? parseJsonPatch(body)) : ''
  return `${pathWithName}${status}${keys}`
}

/** Reads the status of a Helm revision from its Secret. It is a label, so it is readable in JSON and in protobuf. */
function readHelmStatus(body: Buffer): string {
  const [status] = /(pending-(install|upgrade|rollback)|deployed|superseded|failed|uninstall(ing|ed))/.exec(
    body.toString('latin1'),
  ) ?? ['']
  return status && ` ${status}`
}

function formatKeys(data: object): string {
  const keys = Object.entries(data).map(([key, value]) => (value === null ? `-${key}` : key))
  return keys.length === 0 ? '' : ` ${keys.sort().join(',')}`
}

/** Converts a JSON patch (RFC 6902) to a merge patch. */
function parseJsonPatch(body: Buffer): object {
  const operations = Object.values(parseObject(body)) as { op?: string; path?: string; value?: unknown }[]
  const changes = operations.filter(({ op, path }) => path !== undefined && op !== 'test')
  return Object.fromEntries(
    changes.map(({ op, path = '', value = '' }) => [
      path.replace(/^.*\//, ''),
      op === 'remove' ? null : value,
    ]),
  )
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
