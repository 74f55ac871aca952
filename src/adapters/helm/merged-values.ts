import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import { UserError } from '../../domain/core/errors.ts'
import { toolEnvironment } from '../cluster-access/kubeconfig.ts'
import { runTool } from '../process/run-tool.ts'
import { createHelmCall, type HelmJob } from './chart-source.ts'

const TAR_TIMEOUT_MS = 60_000
/** What renders, or refuses values, instead of stating them. */
const NOT_COPIED = new Set(['templates', 'crds', 'values.schema.json', '.git'])

const printed = z.object({ values: z.record(z.string(), z.unknown()) })

/**
 * The values that a chart gets, by Helm's own rules: its defaults and those of its dependencies, then these files. A copy
 * of the chart prints them, whose only template does that.
 * @param folder for the copy
 */
export async function readMergedValues(
  job: HelmJob,
  chart: string,
  valuesFiles: readonly string[],
  folder: string,
): Promise<Record<string, unknown>> {
  const copy = join(folder, 'values-printer')
  try {
    await copyValues(job, chart, copy)
    const metadata = parseDocument(readFileSync(join(copy, 'Chart.yaml'), 'utf8'))
    // Rendered without the cluster, Helm would compare it with a version of its own.
    metadata.delete('kubeVersion')
    writeFileSync(join(copy, 'Chart.yaml'), String(metadata))
    mkdirSync(join(copy, 'templates'))
    writeFileSync(join(copy, 'templates/values.yaml'), '{"values": {{ .Values | toJson }}}\n')
    const files = valuesFiles.flatMap((file) => ['--values', file])
    const output = await createHelmCall(job)(['template', 'values', copy, ...files])
    return printed.parse(JSON.parse(output.slice(output.indexOf('{"values":')))).values
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Copies a chart, a folder or an archive, and its dependencies, with their values only. */
async function copyValues(job: HelmJob, chart: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true, mode: 0o700 })
  if (statSync(chart).isDirectory())
    cpSync(chart, into, { recursive: true, dereference: true, filter: (path) => isCopied(chart, path) })
  else {
    const args = ['-xzf', resolve(chart), '--strip-components=1', '-C', into]
    const unpacked = runTool('tar', args, {
      env: toolEnvironment(job.env),
      timeoutMs: TAR_TIMEOUT_MS,
      cancelled: job.cancelled,
    })
    if ((await unpacked.catch(() => undefined))?.code !== 0)
      throw new UserError(
        `Input chart: tar could not unpack ${basename(chart)}. Check that it is the archive of a chart, and that tar is on the PATH.`,
      )
    for (const name of NOT_COPIED) rmSync(join(into, name), { recursive: true, force: true })
  }
  const dependencies = join(into, 'charts')
  for (const { name } of statSync(dependencies, { throwIfNoEntry: false }) ? readEntries(dependencies) : []) {
    const from = join(dependencies, name)
    if (!statSync(from).isDirectory() && !name.endsWith('.tgz')) continue
    const to = join(dependencies, `${name}.copy`)
    await copyValues(job, from, to)
    rmSync(from, { recursive: true })
  }
}

const readEntries = (folder: string) => readdirSync(folder, { withFileTypes: true })

const isCopied = (chart: string, path: string): boolean => path === chart || !NOT_COPIED.has(basename(path))
