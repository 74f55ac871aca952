import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { UpgradeRequest } from '../adapters/helm/arguments.ts'
import { fetchChart, type HelmJob } from '../adapters/helm/chart-source.ts'
import { readMergedValues } from '../adapters/helm/merged-values.ts'
import { writePostRenderer } from '../adapters/helm/post-renderer.ts'
import { formatModelLabels } from '../domain/chart/version-values.ts'
import { defaultModelValues, formatValues, type ModelValues } from '../domain/release/chart-values.ts'
import { type ChartInputs, toChartSource } from './chart-inputs.ts'
import { placeVersionValues } from './version-values.ts'

/** The folder of the generated files and of a fetched chart. Its name is fixed, so that the post step of a killed job can remove it. */
export function valuesFolder(temp: string, release: string): string {
  return join(temp, `retrain-actions-values-${release}`)
}

/** What the release is upgraded to, and by whom. */
export interface UpgradeSubject {
  release: string
  /** Milliseconds. */
  timeout: number
  folder: string
  model: ModelValues
}

/**
 * Fetches the chart and writes the generated files, readable only by this user. Helm reads the values files in the order
 * in which a later one wins: the user's files, the input `values`, the model.
 * @throws UserError or Fault if the chart cannot be fetched, or `version-values` does not fit its values
 */
export async function prepareUpgrade(
  inputs: ChartInputs,
  job: HelmJob,
  { release, timeout, folder, model }: UpgradeSubject,
): Promise<UpgradeRequest> {
  removeValues(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const { values, 'values-files': files = [], 'version-values': versionValues = [] } = inputs
  const chart = await fetchChart(job, toChartSource(inputs), folder)
  // The runner trims inputs. Without the line break, a block of text at the end would lose its last one.
  const given = [...files, ...(values === undefined ? [] : [write('values.yaml', `${values}\n`)])]
  const isPlaced = versionValues.length > 0
  const modelValues = isPlaced
    ? placeVersionValues(await readMergedValues(job, chart, given, folder), versionValues, model)
    : defaultModelValues(model)
  const program = inputs['post-renderer']
  return {
    release,
    chart,
    valuesFiles: [...given, write('model.json', formatValues(modelValues))],
    timeout,
    labels: isPlaced ? formatModelLabels(model) : undefined,
    skipCrds: inputs['skip-crds'] ?? false,
    postRenderer: program === undefined ? undefined : writePostRenderer(resolve(program), folder),
  }
}

export function removeValues(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
