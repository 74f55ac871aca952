import { posix } from 'node:path'
import type { Chart, ChartObject } from '../inspect/charts.ts'
import type { Repository } from '../repository.ts'
import { addModelDownload, addModelValues, OtherLayout, setImageTag } from './chart-edit.ts'
import {
  indentLines,
  MODEL_MOUNT,
  MODEL_VALUES,
  MODEL_VOLUMES,
  renderInitContainer,
  renderVersionVariable,
} from './chart-snippets.ts'
import { renderDiff } from './unified-diff.ts'

/** What the chart of a repository needs. */
export type ChartChange =
  /** Its pods name the version already. */
  | { kind: 'none' }
  /** Path -> new text. */
  | { kind: 'edit'; files: ReadonlyMap<string, string>; patch: string }
  /** A person must place the lines. */
  | { kind: 'manual'; reason: string; text: string }

/** Determines the change that lets helm-deploy serve a model with the chart. */
export function planChartChange({ files }: Repository, chart: Chart, versionFrom: string): ChartChange {
  if (chart.versionFrom !== undefined || versionFrom.startsWith('http:')) return { kind: 'none' }
  const [workload, ...others] = chart.workloads
  const manual = (reason: string): ChartChange => ({
    ...{ kind: 'manual', reason },
    text: renderInstructions(chart, workload, files.get(workload?.template ?? '') ?? '', versionFrom, reason),
  })
  if (!workload) return manual('no Deployment, StatefulSet or DaemonSet was found in its templates')
  if (others.length > 0) return manual('it has several workloads')
  const edit = findEdit(versionFrom)
  if (!edit) return manual(`version-from is ${versionFrom}`)
  const edited = new Map<string, string>()
  const edits = [
    [workload.template, edit],
    [posix.join(chart.path, 'values.yaml'), addModelValues],
  ] as const
  for (const [path, change] of edits)
    try {
      edited.set(path, change(files.get(path) ?? ''))
    } catch (error) {
      if (error instanceof OtherLayout) return manual(`${path}: ${error.message}`)
      throw error
    }
  const patch = [...edited].map(([path, text]) => renderDiff(path, files.get(path) ?? '', text)).join('')
  return { kind: 'edit', files: edited, patch }
}

/** The change of the template that lets a pod state its version in this place. */
function findEdit(versionFrom: string): ((template: string) => string) | undefined {
  const variable = findVariable(versionFrom)
  if (variable !== undefined) return (template) => addModelDownload(template, variable)
  return versionFrom === 'image-tag' ? setImageTag : undefined
}

const findVariable = (versionFrom: string) => /^env:(.+)$/.exec(versionFrom)?.[1]

const EXAMPLE_IMAGE = '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"'

/** The image of the first container, as the template writes it. */
function findServerImage(template: string): string | undefined {
  const containers = template.search(/^ +containers:/m)
  return containers < 0
    ? undefined
    : /^[ -]*image: *(\S.*?)( +#.*)?$/m.exec(template.slice(containers))?.[1]?.trim()
}

function renderInstructions(
  chart: Chart,
  workload: ChartObject | undefined,
  template: string,
  versionFrom: string,
  reason: string,
): string {
  const place = workload?.template ?? `the template of ${chart.path} that runs the server`
  const yaml = (lines: readonly string[]) => ['', '```yaml', ...lines, '```', '']
  const server = {
    image: `${findServerImage(template) ?? EXAMPLE_IMAGE} # the image of the server, with mlflow`,
    imagePullPolicy: undefined,
    usesSecurityContext: false,
    usesResources: false,
  }
  const version = ['{{ .Values.model.version | quote }}']
  const variable = findVariable(versionFrom)
  const download = [
    `2. In ${place}, in the spec of the pods, beside \`containers\`:`,
    ...yaml([
      'initContainers:',
      ...indentLines(renderInitContainer(server, 2), 2),
      'volumes:',
      ...indentLines(MODEL_VOLUMES, 2),
    ]),
    '3. There, in the container of the server, which loads the model from /model:',
    ...yaml([
      'env:',
      ...indentLines(renderVersionVariable(variable ?? ''), 2),
      'volumeMounts:',
      ...indentLines(MODEL_MOUNT, 2),
    ]),
  ]
  const other = [
    `2. In ${place}, put the version where \`version-from: ${versionFrom}\` reads it:`,
    ...yaml(version),
  ]
  return [
    `# Changes of the chart in ${chart.path}`,
    '',
    `npm run init cannot change this chart by itself: ${reason}. Place these lines by hand.`,
    '',
    `1. In ${posix.join(chart.path, 'values.yaml')}. helm-deploy sets the first three:`,
    ...yaml(['model:', ...MODEL_VALUES.map(({ name }) => `  ${name}: ''`)]),
    ...(variable === undefined ? other : download),
  ].join('\n')
}
