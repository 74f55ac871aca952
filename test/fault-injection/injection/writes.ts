/** Which of the two systems was asked to change something. */
export type System = 'mlflow' | 'kubernetes'

/** A request that changes something, named so that it has the same name in every run of the same chain. */
export interface Write {
  system: System
  /** The step of the job that sent it: "helm-deploy", "helm-deploy post". */
  step: string
  /** "PATCH deployments/R", "POST model-versions/set-tag retrain.promoted-at". */
  call: string
  /** Step, call, and the how many-th of this call in this step: "promote: POST registered-models/alias champion #1". */
  key: string
}

/** A request as the proxies see it. */
export interface Request {
  method: string
  /** Path and query. */
  url: string
  body: Buffer
}

/** What a release and a model are called in this run; both are of a case's own, and no part of a write's name. */
export interface Names {
  release: string
  model: string
}

/** A request that only reads, though its method could change something. Permission reviews and dry runs are such requests. */
export function isRead(system: System, { method, url }: Pick<Request, 'method' | 'url'>): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return true
  if (system === 'mlflow') return /\/search(\?|$)/.test(url)
  return /[?&]dryRun=/.test(url) || /\/(selfsubject|subjectaccess|localsubjectaccess)/.test(url)
}

/** What a write does, in words that hold no name, number or moment of its own. */
export function describeCall(system: System, request: Request, names: Names): string {
  const path = request.url.replace(/\?.*$/, '')
  const what =
    system === 'mlflow' ? describeMlflowCall(path, request.body) : describeKubernetesCall(path, request.body)
  return `${request.method} ${what}`
    .replaceAll(names.model, 'M')
    .replaceAll(names.release, 'R')
    .replace(/\b[0-9a-f]{32}\b/g, 'ID')
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
  const named = name === undefined || rest.includes(name) ? rest : `${rest}/${name}`
  const status = rest.startsWith('secrets') ? readHelmStatus(body) : ''
  const keys = named.startsWith('configmaps/') ? formatKeys(data ?? parseJsonPatch(body)) : ''
  return `${named}${status}${keys}`
}

/** Of a Secret in which Helm keeps a revision, its status; a label, so that it can be read in JSON and in protobuf. */
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

/** What a JSON patch (RFC 6902) changes, as a merge patch would say it. */
function parseJsonPatch(body: Buffer): object {
  const steps = Object.values(parseObject(body)) as { op?: string; path?: string; value?: unknown }[]
  const changes = steps.filter(({ op, path }) => path !== undefined && op !== 'test')
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
