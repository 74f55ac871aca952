import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { parseDocument, stringify } from 'yaml'
import * as z from 'zod'
import { toolEnvironment } from '../cluster-access/kubeconfig.ts'
import { runTool } from '../process/run-tool.ts'
import { createHelmError } from './helm-errors.ts'

/** Where a chart comes from. */
export interface ChartSource {
  /** A folder, an archive, an oci:// reference, or the name of a chart in `repository`. */
  chart: string
  version?: string | undefined
  /** https:// or oci://. With `buildsDependencies` the one of the dependencies, otherwise the one of the chart. */
  repository?: string | undefined
  /** For `repository`, else for the registry of an oci:// chart. No other host gets them. */
  credentials?: { username: string; password: string } | undefined
  /** Fetches what Chart.yaml depends on into the chart's folder. */
  buildsDependencies?: boolean
}

/** What helm needs of the job, without a cluster. */
export interface HelmJob {
  env: Readonly<Record<string, string | undefined>>
  namespace: string
  cancelled?: AbortSignal | undefined
}

/** Milliseconds for a download. */
const DOWNLOAD_TIMEOUT_MS = 300_000

const isOci = (address: string): boolean => /^oci:\/\//i.test(address)
export const isFetched = ({ chart, repository, buildsDependencies }: ChartSource): boolean =>
  isOci(chart) || (repository !== undefined && !buildsDependencies)

/**
 * Fetches a chart once, so that all later calls of Helm read the same files and need no credentials, or fetches the
 * dependencies of a chart in the workspace. Credentials are in files of `folder` until then.
 * @returns the path of the chart
 */
export async function fetchChart(job: HelmJob, source: ChartSource, folder: string): Promise<string> {
  const { chart, version, repository, credentials, buildsDependencies = false } = source
  if (!isFetched(source) && !buildsDependencies) return chart
  const settings = join(folder, 'helm')
  const [cache, into] = [join(settings, 'cache'), join(folder, 'chart')]
  for (const each of [cache, into]) mkdirSync(each, { recursive: true, mode: 0o700 })
  try {
    let helm = createHelmCall(job)
    if (credentials && isOci(repository ?? chart)) {
      helm = createHelmCall({ ...job, env: await copySettings(job, helm, settings, 'HELM_REGISTRY_CONFIG') })
      const [, host = ''] = /^oci:\/\/([^/]+)/i.exec(repository ?? chart) ?? []
      const login = ['registry', 'login', host, '--username', credentials.username, '--password-stdin']
      await helm(login, credentials.password)
    }
    const added = buildsDependencies
      ? listDependencyRepositories(chart, source)
      : repository
        ? [{ name: repositoryName(chart), url: repository, ...credentials }]
        : []
    if (added.length > 0) {
      const env = await copySettings(job, helm, settings, 'HELM_REPOSITORY_CONFIG')
      addRepositories(env.HELM_REPOSITORY_CONFIG, added)
      helm = createHelmCall({ ...job, env: { ...env, HELM_REPOSITORY_CACHE: cache } })
    }
    if (buildsDependencies) {
      await helm(['dependency', 'build', chart])
      return chart
    }
    if (repository) await helm(['repo', 'update', repositoryName(chart)])
    const reference = repository && !chart.includes('/') ? `${repositoryName(chart)}/${chart}` : chart
    await helm(['pull', reference, '--destination', into, ...(version ? ['--version', version] : [])])
    return join(into, readdirSync(into).find((name) => name.endsWith('.tgz')) ?? '')
  } finally {
    rmSync(settings, { recursive: true, force: true })
  }
}

/** Runs helm without a cluster, and without plugins. @throws Fault, or UserError for a chart that does not render */
export function createHelmCall({ env, ...access }: HelmJob) {
  return async (args: readonly string[], stdin?: string): Promise<string> => {
    const result = await runTool('helm', args, {
      env: toolEnvironment(env),
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
      cancelled: access.cancelled,
      ...(stdin === undefined ? {} : { stdin }),
    })
    if (result.code !== 0) throw createHelmError(access, args, result)
    return result.stdout
  }
}

/** A private copy of a settings file of Helm, if there is one: an earlier step may have logged in elsewhere. */
async function copySettings(
  { env }: HelmJob,
  helm: (args: readonly string[]) => Promise<string>,
  folder: string,
  variable: 'HELM_REGISTRY_CONFIG' | 'HELM_REPOSITORY_CONFIG',
): Promise<Record<string, string | undefined>> {
  const own = (await helm(['env', variable])).trim()
  const copy = join(folder, variable)
  if (existsSync(own)) copyFileSync(own, copy)
  return { ...env, [variable]: copy }
}

interface Repository {
  name: string
  url: string
  username?: string
  password?: string
}

const repositoryFile = z.object({
  repositories: z.array(z.looseObject({ name: z.string(), url: z.string() })).nullish(),
})

/** Helm 4 fails over two repositories of one URL. One that an earlier step added stays, unless there are credentials. */
function addRepositories(file: string | undefined, wanted: readonly Repository[]): void {
  if (file === undefined) return
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const known = repositoryFile.safeParse(parseDocument(text).toJS()).data?.repositories ?? []
  const isSame = (one: Repository, other: Repository) =>
    one.name === other.name || stripSlash(one.url) === stripSlash(other.url)
  const added = wanted.filter((each) => each.username || !known.some((other) => isSame(each, other)))
  const others = known.filter((each) => !added.some((other) => isSame(each, other)))
  writeFileSync(file, stringify({ apiVersion: 'v1', repositories: [...others, ...added] }), { mode: 0o600 })
}

/** The part before the slash in `acme/fraud`. */
function repositoryName(chart: string): string {
  return chart.includes('/') ? (chart.split('/')[0] ?? '') : 'chart-repository'
}

const chartFile = z.object({
  dependencies: z.array(z.object({ repository: z.string().default('') })).nullish(),
})

/** The HTTP repositories that Chart.yaml names, by URL or by alias: helm dependency build knows only added ones. */
function listDependencyRepositories(folder: string, { repository, credentials }: ChartSource): Repository[] {
  const document = parseDocument(readFileSync(join(folder, 'Chart.yaml'), 'utf8'))
  // Helm reports an invalid Chart.yaml.
  const dependencies = chartFile.safeParse(document.toJS()).data?.dependencies ?? []
  const named = new Set(dependencies.map((each) => each.repository))
  const found = [...named].flatMap((each, index): Repository[] => {
    const [, alias] = /^(?:@|alias:)(.+)$/.exec(each) ?? []
    const url = stripSlash(alias && repository && !isOci(repository) ? repository : each)
    if (!/^https?:/i.test(url)) return []
    const isOwn = repository !== undefined && url === stripSlash(repository)
    return [{ name: alias ?? `dependency-${index}`, url, ...(isOwn ? credentials : {}) }]
  })
  // Helm finds one by its URL, too, but an alias only by its name.
  const byAlias = found.toSorted((one, other) => Number(isGenerated(one)) - Number(isGenerated(other)))
  return byAlias.filter(({ url }, index) => byAlias.findIndex((each) => each.url === url) === index)
}

const isGenerated = ({ name }: Repository): boolean => name.startsWith('dependency-')
const stripSlash = (url: string): string => url.replace(/\/+$/, '')
