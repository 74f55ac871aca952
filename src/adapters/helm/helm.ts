import * as z from 'zod'
import { UserError } from '../../domain/core/errors.ts'
import type { Revision } from '../../domain/release/revision-history.ts'
import { type ClusterAccess, toolEnvironment } from '../cluster-access/kubeconfig.ts'
import { runTool } from '../process/run-tool.ts'
import {
  formatSeconds,
  type HelmInputs,
  type HelmMajor,
  rollbackArguments,
  templateArguments,
  type UpgradeRequest,
  upgradeArguments,
} from './arguments.ts'
import { createHelmError, isReleaseNotFound } from './helm-errors.ts'
import { parseHistory } from './history.ts'
import { addProgramError } from './post-renderer.ts'
import { type RenderedParts, splitRendered } from './rendered-parts.ts'

export type Helm = Awaited<ReturnType<typeof createHelm>>

/** A rendered release. */
export interface Preview {
  manifest: string
  hooks: string
  values: Record<string, unknown>
  /** `model` in the chart's own values. */
  modelDefault?: unknown
}

const values = z.record(z.string(), z.unknown()).nullable()
const dryRunOutput = z.object({
  manifest: z.string().default(''),
  config: values.default(null),
  chart: z.object({ values: values.default(null) }).nullish(),
  hooks: z
    .array(z.object({ manifest: z.string().default('') }))
    .nullable()
    .default([]),
})

/** Helm prints the revision as text. */
const listedRelease = z.object({ name: z.string(), revision: z.coerce.number(), status: z.string() })
export type ListedRelease = z.output<typeof listedRelease>

const upgradeOutput = z.object({ version: z.number() })
const metadata = z.object({ applyMethod: z.string().default('') })

/** Milliseconds for a call that only reads. */
const READ_TIMEOUT_MS = 60_000
/** Milliseconds after Helm's own --timeout, for a helm that hangs. */
const HANG_GRACE_MS = 30_000

/** @throws UserError where helm is missing or its major version is unknown; the calls throw Fault */
export async function createHelm(
  access: Omit<ClusterAccess, 'kubectlFlags' | 'close'>,
  inputs: HelmInputs = {},
) {
  const { major } = await readHelmVersion(access)
  const forcesConflicts = inputs['force-conflicts'] ?? false
  const run = async (
    args: readonly string[],
    timeoutMs = READ_TIMEOUT_MS,
    { stop, postRenderer }: { stop?: AbortSignal | undefined } & Pick<UpgradeRequest, 'postRenderer'> = {},
  ) => {
    const result = await runTool('helm', [...args, ...access.helmFlags], {
      // Only the plugin of the input post-renderer is loaded.
      env: postRenderer ? { ...access.env, HELM_PLUGINS: postRenderer.pluginsFolder } : access.env,
      timeoutMs,
      cancelled: AbortSignal.any([access.cancelled, stop].filter((signal) => signal !== undefined)),
    })
    if (result.code === 0) return result.stdout
    const stderr = postRenderer ? addProgramError(result.stderr, postRenderer) : result.stderr
    throw createHelmError(access, args, { ...result, stderr })
  }
  /** Undefined where there is no such release. */
  const readIfThere = (args: readonly string[]): Promise<string | undefined> =>
    run(args).catch((error: unknown) => {
      if (isReleaseNotFound(error)) return undefined
      throw error
    })
  const revisionReads = new Map<string, Promise<string>>()
  /**
   * Reads each part of a revision once. It never changes, but numbers begin again after an uninstall, so a new look at the
   * history forgets them.
   */
  const readRevision = (args: readonly string[]): Promise<string> => {
    const key = args.join(' ')
    const read = revisionReads.get(key) ?? run(args)
    revisionReads.set(key, read)
    read.catch(() => revisionReads.delete(key))
    return read
  }
  const write = (args: readonly string[], timeout: number, options: Parameters<typeof run>[2] = {}) => {
    revisionReads.clear()
    return run(args, timeout + HANG_GRACE_MS, options)
  }
  /** Whether Helm uses server-side apply: Helm 4, unless Helm 3 created the release. */
  const usesServerSideApply = async (release: string): Promise<boolean> => {
    if (major === '3') return false
    const found = await readIfThere(['get', 'metadata', release, '--output', 'json'])
    // Helm 4 uses it for a new release.
    return found === undefined || metadata.parse(JSON.parse(found)).applyMethod === 'ssa'
  }
  // Helm rejects --force-conflicts without server-side apply.
  const inputsFor = async (release: string): Promise<HelmInputs> => ({
    ...inputs,
    'force-conflicts': forcesConflicts && (await usesServerSideApply(release)),
  })
  return {
    major,
    /** Whether Helm takes over fields of other field managers. */
    forcesConflicts,
    usesServerSideApply,

    /** Oldest first; empty where there is no such release. */
    async history(release: string): Promise<Revision[]> {
      revisionReads.clear()
      const found = await readIfThere(['history', release, '--max', '1000', '--output', 'json'])
      return found === undefined ? [] : parseHistory(JSON.parse(found))
    },

    /** The releases of the namespace with their newest revisions. */
    async list(): Promise<ListedRelease[]> {
      const states = ['--deployed', '--failed', '--pending']
      return listedRelease
        .array()
        .parse(JSON.parse(await run(['list', ...states, '--max', '1000', '--output', 'json'])))
    },

    /** The user's values of a revision; with `all`, merged over the chart's defaults. */
    async values(release: string, revision: number, all: boolean): Promise<Record<string, unknown>> {
      const args = ['get', 'values', release, '--revision', String(revision), '--output', 'json']
      return values.parse(JSON.parse(await readRevision(all ? [...args, '--all'] : args))) ?? {}
    },

    /** The objects of a revision, or of the newest one; empty where there is no such release. */
    async manifest(release: string, revision?: number): Promise<string> {
      const args = ['get', 'manifest', release]
      if (revision !== undefined) return readRevision([...args, '--revision', String(revision)])
      return (await readIfThere(args)) ?? ''
    },

    /** The rendered hooks of a revision. */
    hooks: (release: string, revision: number) =>
      readRevision(['get', 'hooks', release, '--revision', String(revision)]),

    /** Renders the chart, with its hooks, without the cluster. */
    template: (request: UpgradeRequest) => run(templateArguments(major, request), READ_TIMEOUT_MS, request),

    /** The same, in parts, with the CRDs of the folder crds/, which Helm installs before everything else. */
    async templateWithCrds(request: UpgradeRequest): Promise<RenderedParts> {
      const crds = request.skipCrds ? [] : ['--include-crds']
      const args = [...templateArguments(major, request), ...crds]
      return splitRendered(await run(args, READ_TIMEOUT_MS, request))
    },

    /** Renders an upgrade by a dry run on the server. */
    async preview(request: UpgradeRequest): Promise<Preview> {
      const args = [...upgradeArguments(major, request), '--dry-run=server', '--output', 'json']
      const { manifest, config, hooks, chart } = dryRunOutput.parse(
        parseUpgrade(await run(args, request.timeout + HANG_GRACE_MS, request)),
      )
      const hookManifests = (hooks ?? []).map((hook) => hook.manifest)
      // Labels state the model where `version-values` places it elsewhere.
      const modelDefault = request.labels ? undefined : chart?.values?.model
      return { manifest, values: config ?? {}, hooks: hookManifests.join('\n---\n'), modelDefault }
    },

    /**
     * `helm upgrade --install`. Returns the revision when Helm has applied the objects, before pods are ready. Where
     * `stop` aborts, helm gets SIGTERM, records the revision as failed, and the call fails unless helm was done.
     */
    async upgrade(request: UpgradeRequest, stop?: AbortSignal): Promise<number> {
      const flags = upgradeArguments(major, request, await inputsFor(request.release))
      const options = { stop, postRenderer: request.postRenderer }
      const output = await write([...flags, '--output', 'json'], request.timeout, options)
      return upgradeOutput.parse(parseUpgrade(output)).version
    },

    async rollback(release: string, revision: number, timeout: number): Promise<void> {
      await write(rollbackArguments(major, release, revision, timeout, await inputsFor(release)), timeout)
    },

    async uninstall(release: string, timeout: number): Promise<void> {
      await write(['uninstall', release, '--timeout', formatSeconds(timeout)], timeout)
    },
  }
}

/** The helm on the PATH. @throws UserError where there is none, or its major version is unknown */
export async function readHelmVersion(
  access: Pick<ClusterAccess, 'env' | 'namespace'> & { cancelled?: AbortSignal | undefined },
): Promise<{ major: HelmMajor; version: string }> {
  const args = ['version', '--template', '{{.Version}}']
  const result = await runTool('helm', args, { env: access.env, timeoutMs: READ_TIMEOUT_MS }).catch(
    (cause) => {
      throw new UserError(
        'helm was not found on the PATH. Add a step with azure/setup-helm before this one (version 3 or 4).',
        { cause },
      )
    },
  )
  if (result.code !== 0) throw createHelmError(access, args, result)
  const version = result.stdout.trim()
  const major = /^v?(\d+)\./.exec(version)?.[1]
  if (major === '3' || major === '4') return { major, version }
  throw new UserError(
    `helm ${version.slice(0, 40) || '(no version)'} is not supported. Install Helm 3 or 4 with azure/setup-helm.`,
  )
}

/** Renders a chart without a cluster, and so without knowing its API versions and objects. */
export async function renderChart(
  { env, namespace }: Pick<ClusterAccess, 'env' | 'namespace'>,
  request: UpgradeRequest,
): Promise<string> {
  const access = { env: toolEnvironment(env), namespace, helmFlags: ['--namespace', namespace] }
  return (await createHelm({ ...access, cancelled: undefined })).template(request)
}

/** A helm that gets a signal prints "Release NAME has been cancelled." before its JSON, even when it was done. */
function parseUpgrade(output: string): unknown {
  return JSON.parse(output.slice(output.indexOf('{')))
}
