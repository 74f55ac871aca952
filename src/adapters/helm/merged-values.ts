import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import { UserError } from '../../domain/core/errors.ts'
import { toolEnvironment } from '../cluster-access/kubeconfig.ts'
import { runTool } from '../process/run-tool.ts'
import { createHelmCall, type HelmJob } from './chart-source.ts'

const TAR_TIMEOUT_MS = 60_000
/** What states values, besides charts/: neither templates nor a schema, and of a chart in the root no repository. */
const COPIED = ['Chart.yaml', 'requirements.yaml', 'values.yaml']

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

/** Copies what the values of a chart, a folder or an archive, and of its dependencies come from. */
async function copyValues(job: HelmJob, chart: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true, mode: 0o700 })
  const isFolder = statSync(chart).isDirectory()
  const from = isFolder ? chart : await unpack(job, chart, `${into}.unpacked`)
  for (const name of COPIED)
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(into, name))
  const dependencies = join(from, 'charts')
  for (const name of existsSync(dependencies) ? readdirSync(dependencies) : []) {
    const path = join(dependencies, name)
    if (name.endsWith('.tgz') || existsSync(join(path, 'Chart.yaml')))
      await copyValues(job, path, join(into, 'charts', `${name}.copy`))
  }
  if (!isFolder) rmSync(from, { recursive: true })
}

async function unpack(job: HelmJob, archive: string, into: string): Promise<string> {
  mkdirSync(into, { recursive: true, mode: 0o700 })
  const args = ['-xzf', resolve(archive), '--strip-components=1', '-C', into]
  const unpacked = runTool('tar', args, {
    env: toolEnvironment(job.env),
    timeoutMs: TAR_TIMEOUT_MS,
    cancelled: job.cancelled,
  })
  if ((await unpacked.catch(() => undefined))?.code === 0) return into
  throw new UserError(
    `Input chart: tar could not unpack ${basename(archive)}. Check that it is the archive of a chart, and that tar is on the PATH.`,
  )
}
