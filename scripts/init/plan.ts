import { posix } from 'node:path'
import { BUILD_SCRIPT, renderBuildScript } from './files/build-script.ts'
import { type ChartChange, planChartChange } from './files/chart-change.ts'
import { renameExampleChart } from './files/example-chart.ts'
import { POLICY, renderPolicy } from './files/policy.ts'
import { renderRole } from './files/rbac.ts'
import { IMAGE_EXAMPLE, renderWorkflow, WORKFLOWS } from './files/workflows.ts'
import { describeChart } from './inspect/charts.ts'
import type { Repository } from './repository.ts'
import { toKubernetesName } from './settings/deployment.ts'
import type { Settings } from './settings/index.ts'

/** Texts of this repository that the files are made from. */
export interface Templates {
  /** Text by the name in workflows-examples. */
  workflows: ReadonlyMap<string, string>
  role: string
  /** Text by the path in examples/digits/chart. */
  chart: ReadonlyMap<string, string>
  /** Address of the JSON Schema of a policy. */
  policySchema: string
}

export interface Plan {
  /** Path -> text, in the order of the report. */
  files: ReadonlyMap<string, string>
  /** Files of the chart that change, only with `--apply-chart`. */
  edits: ReadonlyMap<string, string>
  chart: ChartChange
  copiesChart: boolean
}

export const PATCH = 'retrain-chart.patch'
export const INSTRUCTIONS = 'retrain-chart.md'
export const ROLE = 'retrain-rbac.yaml'
export const RETRAIN = '.github/workflows/retrain.yml'

/** Determines all files. Writes none. */
export function planFiles(
  repository: Repository,
  settings: Settings,
  templates: Templates,
  options: { withChart: boolean; applyChart: boolean },
): Plan {
  const copied =
    options.withChart && !settings.chart ? copyChart(settings, templates) : new Map<string, string>()
  const chart =
    settings.chart ??
    (copied.size > 0 ? describeChart({ ...repository, files: copied }, settings.chartPath) : undefined)
  const change: ChartChange = settings.chart
    ? planChartChange(repository, settings.chart, settings.versionFrom)
    : { kind: 'none' }
  const hasModelInImage = settings.versionFrom === 'image-tag'
  const workflows = WORKFLOWS.map((name) => {
    const example = name === 'retrain' && hasModelInImage ? IMAGE_EXAMPLE : name
    const text = renderWorkflow(example, templates.workflows.get(example) ?? '', settings)
    return [`.github/workflows/${name}.yml`, text] as const
  })
  const files = new Map([
    ...workflows,
    ...(hasModelInImage ? [[BUILD_SCRIPT, renderBuildScript(repository, settings)] as const] : []),
    [POLICY, renderPolicy(repository, settings.gate, templates.policySchema)],
    [ROLE, renderRole(templates.role, settings.namespace, chart)],
    ...copied,
    ...(change.kind === 'edit' && !options.applyChart ? [[PATCH, change.patch] as const] : []),
    ...(change.kind === 'manual' ? [[INSTRUCTIONS, change.text] as const] : []),
  ])
  const edits = change.kind === 'edit' && options.applyChart ? change.files : new Map()
  return { files, edits, chart: change, copiesChart: copied.size > 0 }
}

function copyChart({ release, chartPath }: Settings, { chart }: Templates): Map<string, string> {
  const renamed = renameExampleChart(chart, toKubernetesName(release))
  return new Map([...renamed].map(([path, text]) => [posix.join(chartPath, path), text]))
}
