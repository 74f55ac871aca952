import type { UpgradeRequest } from '../../../src/adapters/helm/arguments.ts'
import { type ChartPreview, describeChart } from '../../../src/adapters/kubernetes/chart/rendered-chart.ts'
import { parseVersionFrom } from '../../../src/adapters/kubernetes/rollout/version-from.ts'
import { findFixedModels } from '../../../src/domain/preflight/fixed-model.ts'
import { findPodAddressProblem } from '../../../src/domain/preflight/pod-address.ts'
import { checkUpgrade, type UpgradePreview } from '../../../src/domain/preflight/preflight.ts'
import { ChartRenderError } from '../../../src/domain/preflight/render-error.ts'
import type { LiveRelease } from '../../../src/domain/release/live-release.ts'
import { checkChartInputs, findChartProblems } from '../../../src/release/chart-inputs.ts'
import { readGoldenRequests } from '../../../src/release/golden-requests.ts'
import { formatPreflightFailure } from '../../../src/release/preflight-messages.ts'
import { prepareUpgrade } from '../../../src/release/prepare-upgrade.ts'
import type { Context } from '../../../src/runtime/context.ts'
import type { Adapters, PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'
import type { ClusterState } from './cluster.ts'

/** Stands for the version that the training creates. No chart names it by itself. */
export const PLACEHOLDER_VERSION = '999999999'

export interface RenderedRequest {
  /** The request of the deployment; undefined if the chart does not render. */
  request: UpgradeRequest | undefined
  /** Its workload is found. */
  isDescribed: boolean
}

/** Checks the files of the chart inputs, all of them. @returns whether helm can render the chart */
export async function checkChartFiles(
  list: Checklist,
  inputs: PreflightInputs,
  { workspace }: Context,
): Promise<boolean> {
  const { verify, 'values-files': files = [], 'version-values': placed } = inputs
  const before = list.findings.length
  for (const { input, message } of findChartProblems(inputs)) list.report('Chart', 'failed', message, input)
  if (list.findings.length === before) {
    await list.run('Chart', 'chart', () => checkChartInputs({ ...inputs, 'values-files': undefined }))
    for (const file of files)
      await list.run('Chart', 'values-files', () =>
        checkChartInputs({ chart: 'oci://any', 'values-files': [file], 'version-values': placed }),
      )
  }
  const canRender = list.findings.length === before
  if (verify !== undefined) {
    const requests = await list.run('Golden requests', 'verify', () => readGoldenRequests(verify, workspace))
    if (requests) list.pass('Golden requests', `${requests.length} in verify.`)
  }
  return canRender
}

/**
 * Renders the chart for a placeholder version, and looks for the version and the address of MLflow in the result.
 */
export async function checkChart(
  list: Checklist,
  inputs: PreflightInputs,
  context: Context,
  { release, isUsable }: ClusterState,
  { renderChart }: Adapters,
  { folder, mlflowUri }: { folder: string; mlflowUri: string | undefined },
): Promise<RenderedRequest> {
  const { chart, timeout, workload, namespace } = inputs
  const placeholders = { version: PLACEHOLDER_VERSION, digest: '0'.repeat(64), runId: '0'.repeat(32) }
  const model = { name: inputs['model-name'], mlflowUri, ...placeholders }
  const request = await list.run('Chart', 'chart', () =>
    prepareUpgrade(inputs, { ...context, namespace }, { release: inputs.release, timeout, folder, model }),
  )
  if (!request) return { request: undefined, isDescribed: false }
  const rendered = await renderOrReport(list, () =>
    // Without the cluster, Helm does not know its API versions and objects.
    release && isUsable
      ? release.renderObjects(request)
      : renderChart({ env: context.env, namespace }, request),
  )
  if (rendered === undefined) return { request: undefined, isDescribed: false }
  list.pass('Chart', `${chart} renders.`)
  const versionFrom = parseVersionFrom(inputs['version-from'])
  const preview = await list.run('Workload', 'chart', () =>
    describeChart(rendered, inputs.release, { versionFrom, workload }),
  )
  if (preview) reportVersion(list, inputs, preview)
  // Otherwise the dry run of the upgrade finds them.
  if (preview && !isUsable) reportUpgradeFailures(list, inputs, undefined, preview)
  for (const address of findFixedModels(rendered, inputs['model-name'], PLACEHOLDER_VERSION))
    list.report('Model version', 'warning', fixedModelMessage(address), 'chart')
  const result = { request, isDescribed: preview !== undefined }
  if (mlflowUri === undefined) return result
  const problem = findPodAddressProblem(mlflowUri, rendered)
  if (problem === undefined) list.pass('Address for pods', `${mlflowUri}.`)
  else list.report('Address for pods', 'failed', problem, 'pod-tracking-uri')
  return result
}

/** Reports why helm-deploy would refuse the rendered chart. @returns whether it would */
export function reportUpgradeFailures(
  list: Checklist,
  inputs: PreflightInputs,
  live: LiveRelease | undefined,
  preview: UpgradePreview,
): boolean {
  const subject = { ...inputs, 'model-version': PLACEHOLDER_VERSION }
  // The version that the chart names has its own line.
  const failures = checkUpgrade(live, PLACEHOLDER_VERSION, preview).filter(
    ({ reason }) => reason !== 'ChartNamesOtherVersion',
  )
  for (const failure of failures) {
    const input = failure.reason === 'OtherController' ? 'release' : 'chart'
    list.report('Upgrade', 'failed', formatPreflightFailure(failure, subject), input)
  }
  return failures.length > 0
}

async function renderOrReport(list: Checklist, render: () => Promise<string>): Promise<string | undefined> {
  return list.run('Chart', 'chart', async () => {
    try {
      return await render()
    } catch (error) {
      if (!(error instanceof ChartRenderError)) throw error
      list.report('Chart', 'failed', error.problem.message, error.problem.input)
      return undefined
    }
  })
}

const fixedModelMessage = (address: string): string =>
  `it names ${address}, which does not change with the version that is deployed. If the server loads it, the pods serve another version than they state. Let it load the files that the init container downloads, or build the address from model.version.`

function reportVersion(
  list: Checklist,
  inputs: PreflightInputs,
  { workload, predictedVersion }: ChartPreview,
): void {
  const from = inputs['version-from']
  if (predictedVersion.kind === 'unknown') {
    list.skip('Model version', `only a running pod of ${workload} says it by ${from}.`)
    return
  }
  const { version: predicted, reference } = predictedVersion
  if (predicted === PLACEHOLDER_VERSION) {
    list.pass('Model version', `${workload} names it by ${from}.`)
    return
  }
  const source = reference === undefined ? {} : { reference }
  const failure = { reason: 'ChartNamesOtherVersion', predicted, ...source } as const
  const subject = { ...inputs, 'model-version': `${PLACEHOLDER_VERSION} (which stands for the new version)` }
  list.report('Model version', 'failed', formatPreflightFailure(failure, subject))
}
