import * as z from 'zod'
import { Fault, UserError } from '../../domain/failure.ts'
import { conflictIn, FieldConflict } from '../../domain/field-conflict.ts'
import type { Revision } from '../../domain/history.ts'
import { redact } from '../../domain/rollout-redaction.ts'
import { cureFor } from '../kubernetes/cures.ts'
import { misnamed } from '../kubernetes/misnamed.ts'
import type { Reach } from '../kubernetes/reach.ts'
import { runTool, type ToolResult } from '../process/run-tool.ts'
import {
  type HelmMajor,
  type HelmOptions,
  rollbackArguments,
  templateArguments,
  type UpgradeOrder,
  USUAL,
  uninstallArguments,
  upgradeArguments,
} from './arguments.ts'

export interface Helm {
  major: HelmMajor
  /** Whether fields that others have set are taken over. */
  forcesConflicts: boolean
  /** Oldest first; empty where there is no such release. */
  history(release: string): Promise<Revision[]>
  /** The values of a revision: what the user gave, and with `all` the chart's defaults below it. */
  values(release: string, revision: number, all: boolean): Promise<Record<string, unknown>>
  /** What a revision holds; without a number the newest one, and nothing where there is no such release. */
  manifest(release: string, revision?: number): Promise<string>
  /** The hooks of a revision, as Helm has rendered them. */
  hooks(release: string, revision: number): Promise<string>
  /** Whether Helm applies it on the server's side, where fields have owners: Helm 4, unless Helm 3 made the release. */
  appliesOnServer(release: string): Promise<boolean>
  /** What the chart holds, hooks too, rendered without a look at the cluster. */
  template(order: UpgradeOrder): Promise<string>
  /** What an upgrade would bring, without doing it. */
  preview(order: UpgradeOrder): Promise<Preview>
  /**
   * `helm upgrade --install`; gives its revision when Helm has written the objects, before pods are ready. Where `stop`
   * aborts, helm is ended (SIGTERM: it then records the revision as failed), and the call fails unless helm was done.
   */
  upgrade(order: UpgradeOrder, stop?: AbortSignal): Promise<number>
  rollback(release: string, revision: number, timeout: number): Promise<void>
  uninstall(release: string, timeout: number): Promise<void>
}

/** Another helm was faster, or is still at work: this one wrote nothing. */
export class ReleaseHeld extends UserError {}

/** A rendered release. */
export interface Preview {
  manifest: string
  hooks: string
  values: Record<string, unknown>
}

const historyEntry = z
  .object({
    revision: z.number(),
    updated: z.string(),
    status: z.string(),
    chart: z.string().default(''),
    description: z.string().default(''),
  })
  .array()
const values = z.record(z.string(), z.unknown()).nullable()
const rendered = z.object({
  manifest: z.string().default(''),
  config: values.default(null),
  hooks: z
    .array(z.object({ manifest: z.string().default('') }))
    .nullable()
    .default([]),
})

const written = z.object({ version: z.number() })
const metadata = z.object({ applyMethod: z.string().default('') })

/** Milliseconds for a call that only reads. */
const READING = 60_000

/** @throws UserError where helm is missing or of a major that we do not know; its calls throw Fault */
export async function helmAt(reach: Reach, options: HelmOptions = USUAL): Promise<Helm> {
  const major = await majorOf(reach)
  const call = (args: readonly string[], timeout: number, stop?: AbortSignal) =>
    runTool('helm', [...args, ...reach.helmFlags], {
      env: reach.env,
      timeout,
      cancelled: eitherOf(reach.cancelled, stop),
    })
  const said = (args: readonly string[], result: ToolResult): string => {
    if (result.code !== 0) throw failed(reach, args, result)
    return result.stdout
  }
  const read = async (args: readonly string[]): Promise<string> => said(args, await call(args, READING))
  /** Undefined where there is no such release. */
  const readIfThere = async (args: readonly string[]): Promise<string | undefined> => {
    const result = await call(args, READING)
    return NOT_FOUND.test(result.stderr) ? undefined : said(args, result)
  }
  const write = async (args: readonly string[], timeout: number, stop?: AbortSignal): Promise<string> =>
    // Helm keeps to its own --timeout; ours is only for a Helm that hangs.
    said(args, await call(args, timeout + 30_000, stop))
  const appliesOnServer = async (release: string): Promise<boolean> => {
    if (major === '3') return false
    const found = await readIfThere(['get', 'metadata', release, '--output', 'json'])
    // A new release of Helm 4 is.
    return found === undefined || metadata.parse(JSON.parse(found)).applyMethod === 'ssa'
  }
  // Helm refuses to force anything where it does not apply on the server's side.
  const optionsFor = async (release: string): Promise<HelmOptions> =>
    options.forceConflicts && !(await appliesOnServer(release))
      ? { ...options, forceConflicts: false }
      : options
  return {
    major,
    forcesConflicts: options.forceConflicts,
    appliesOnServer,
    async history(release) {
      const found = await readIfThere(['history', release, '--max', '1000', '--output', 'json'])
      if (found === undefined) return []
      return historyEntry.parse(JSON.parse(found)).sort((one, other) => one.revision - other.revision)
    },
    async values(release, revision, all) {
      const args = ['get', 'values', release, '--revision', String(revision), '--output', 'json']
      return values.parse(JSON.parse(await read(all ? [...args, '--all'] : args))) ?? {}
    },
    async manifest(release, revision) {
      const args = ['get', 'manifest', release]
      if (revision !== undefined) return read([...args, '--revision', String(revision)])
      return (await readIfThere(args)) ?? ''
    },
    hooks: (release, revision) => read(['get', 'hooks', release, '--revision', String(revision)]),
    template: (order) => read(templateArguments(order)),
    async preview(order) {
      const args = [...upgradeArguments(major, order), '--dry-run=server', '--output', 'json']
      const { manifest, config, hooks } = rendered.parse(JSON.parse(await write(args, order.timeout)))
      return {
        manifest,
        values: config ?? {},
        hooks: (hooks ?? []).map((hook) => hook.manifest).join('\n---\n'),
      }
    },
    async upgrade(order, stop) {
      const args = [...upgradeArguments(major, order, await optionsFor(order.release)), '--output', 'json']
      return written.parse(JSON.parse(await write(args, order.timeout, stop))).version
    },
    async rollback(release, revision, timeout) {
      await write(rollbackArguments(major, release, revision, timeout, await optionsFor(release)), timeout)
    },
    async uninstall(release, timeout) {
      await write(uninstallArguments(release, timeout), timeout)
    },
  }
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one && other ? AbortSignal.any([one, other]) : (one ?? other)
}

async function majorOf(reach: Reach): Promise<HelmMajor> {
  const args = ['version', '--template', '{{.Version}}']
  const result = await runTool('helm', args, { env: reach.env, timeout: READING }).catch((cause) => {
    throw new UserError(
      'helm was not found on the PATH. Add a step with azure/setup-helm before this one (version 3 or 4).',
      { cause },
    )
  })
  if (result.code !== 0) throw failed(reach, args, result)
  const major = /^v?(\d+)\./.exec(result.stdout.trim())?.[1]
  if (major === '3' || major === '4') return major
  throw new UserError(
    `helm ${result.stdout.trim().slice(0, 40) || '(no version)'} is not one that this action knows; install Helm 3 or 4 with azure/setup-helm.`,
  )
}

const NOT_FOUND = /release: not found/

/** What Helm says where its lock, or the number of the next revision, went to another. */
const HELD =
  /another operation \(install\/upgrade\/rollback\) is in progress|release: already exists|"sh\.helm\.release\.[^"]+" already exists|cannot re-use a name that is still in use/

function failed(
  { namespace, cancelled }: Reach,
  args: readonly string[],
  { code, stderr, ended }: ToolResult,
): Error {
  if (ended === 'cancelled' && cancelled?.aborted) return new UserError('The job was cancelled.')
  const mistake = misnamed(stderr, namespace)
  if (mistake) return mistake
  if (HELD.test(stderr))
    return new ReleaseHeld(
      `Release ${args[1]} is held: another helm is at work on it, or was faster (${redact(wordsOf(stderr))}). Nothing was touched; run this again when that one has ended.`,
    )
  const conflict = conflictIn(stderr)
  if (conflict) return new FieldConflict(args[1] ?? '', conflict)
  const said = redact(wordsOf(stderr))
  return new Fault({
    system: 'Helm',
    call: `helm ${args.slice(0, 2).join(' ')}`,
    status: code,
    said: ended === 'by itself' ? said : `${said} (ended by us: ${ended})`,
    next:
      cureFor(stderr) ??
      'Run the same command by hand with --debug to see more; the chart, its values and the Role are the usual causes.',
  })
}

/** Helm's own error, without the warnings and log lines (Helm 4) before it. */
function wordsOf(stderr: string): string {
  const at = stderr.lastIndexOf('Error: ')
  return stderr.slice(at < 0 ? 0 : at + 'Error: '.length).trim() || 'it said nothing'
}
