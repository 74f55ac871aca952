import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '../../src/domain/failure.ts'

/** Throws UserError where a chart or a values file is not there, which Helm would tell late and without naming the input. */
export function checkGivenFiles({
  chart,
  'values-files': files = [],
}: {
  chart: string
  'values-files'?: readonly string[] | undefined
}): void {
  if (!/^oci:\/\//i.test(chart)) checkChart(chart)
  for (const file of files)
    if (!isFile(file))
      throw new UserError(
        `Input values-files: there is no file ${JSON.stringify(file)} (looked for ${resolve(file)}); is actions/checkout missing before this step, or the path wrong?`,
      )
}

function checkChart(chart: string): void {
  const given = JSON.stringify(chart)
  if (!existsSync(chart))
    throw new UserError(
      `Input chart: ${given} is neither an oci:// reference nor a folder or archive in the workspace (looked for ${resolve(chart)}); is actions/checkout missing before this step, or the path wrong?`,
    )
  if (!isFile(chart) && !isFile(join(chart, 'Chart.yaml')))
    throw new UserError(
      `Input chart: the folder ${given} has no Chart.yaml; name the chart's own folder or archive.`,
    )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
