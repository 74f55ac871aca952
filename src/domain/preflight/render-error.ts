import { UserError } from '../core/errors.ts'
import { oneLine } from '../core/text.ts'

/** Why a chart does not render, and the input to change. */
export interface RenderProblem {
  input: 'chart' | 'values' | 'values-files' | 'version-values' | 'post-renderer'
  message: string
}

/** Helm cannot render the chart with these values. Nothing was changed. */
export class ChartRenderError extends UserError {
  readonly problem: RenderProblem
  constructor(problem: RenderProblem) {
    super(`Input ${problem.input}: ${problem.message}`)
    this.problem = problem
  }
}

const RENDER_ERRORS: readonly (readonly [RegExp, (match: RegExpExecArray) => RenderProblem])[] = [
  [
    /while running post render[^\n]*error while running command (.+)\. error output:\n?([\s\S]*)/,
    ([, program = '', text = '']) => ({
      input: 'post-renderer',
      message: `${JSON.stringify(program)} failed: ${oneLine(text.replace(/\n: exit status (\d+)\s*$/, ' (exit status $1)')) || 'it printed nothing to stderr'}. Run "helm template" on the chart, and give its output to this program.`,
    }),
  ],
  // required and fail of the chart.
  [
    /execution error at \(([^)]+)\): ([\s\S]+)/,
    ([, place, text = '']) => ({
      input: 'values',
      message: `the chart does not render: ${oneLine(text).replace(/\.$/, '')} (${place}). Set it in values or values-files.`,
    }),
  ],
  // The user has not written `model`: helm-deploy does.
  [
    /values don't meet the specifications[\s\S]*(?:at '': additional properties (?:'[^'\n]*', )*'model'|\(root\): Additional property model )/,
    () => ({
      input: 'version-values',
      message:
        'the chart\'s schema does not allow model.name, model.version and model.mlflowUri, which helm-deploy writes without version-values. Set version-values to the values in which this chart takes the version, such as "image.tag: v{{version}}", or allow model in values.schema.json.',
    }),
  ],
  [
    /values don't meet the specifications of the schema\(s\)[^\n]*:\n([\s\S]+)/,
    ([, text = '']) => ({
      input: 'values',
      message: `the values do not meet the chart's schema: ${lines(text)}. Correct values, values-files or version-values, which writes texts.`,
    }),
  ],
  [
    /at <([^>]+)>:\s+nil pointer evaluating ([^\n]+)/,
    ([, value]) => ({
      input: 'values',
      message: `the chart does not render: it reads ${value}, of which a part is not set. Set it in values or values-files.`,
    }),
  ],
  // The innermost of the templates that include each other.
  [
    /^[\s\S]*?([\w./-]+:\d+:\d+):?\s+executing "[^"\n]*" at <([^>]*)>:\s+(?![\s\S]*executing ")([\s\S]+)/,
    ([, place, expression, text = '']) => ({
      input: 'chart',
      message: `it does not render: ${oneLine(text)} at ${expression} (${place}). Correct the template, or the values that it reads.`,
    }),
  ],
  [
    /parse error at \(([^)]+)\): ([^\n]+)/,
    ([, place, text]) => ({
      input: 'chart',
      message: `it does not render: ${text} (${place}). Correct the template.`,
    }),
  ],
  [
    /YAML parse error on (\S+): ([^\n]+)/,
    ([, file, text]) => ({
      input: 'chart',
      message: `${file} does not render as YAML: ${text}. Correct the template, or the values that it writes ("helm template --debug" shows its lines).`,
    }),
  ],
  [
    /chart requires kubeVersion: ([^\n]+)/,
    ([, text]) => ({ input: 'chart', message: `it requires Kubernetes ${text}. Use another version of it.` }),
  ],
  [
    /failed to parse (\S+): ([^\n]+)/,
    ([, file, text]) => ({ input: 'values-files', message: `${file} is not YAML: ${text}` }),
  ],
  [
    /found in Chart\.yaml, but missing in charts\/ directory: ([^\n]+)/,
    ([, names]) => ({
      input: 'chart',
      message: `its dependencies are missing: ${names}. Set dependency-build to true, or run "helm dependency build" in an earlier step.`,
    }),
  ],
]

/** Names the cause of an error of helm; undefined for one that is not about the chart or its values. */
export function diagnoseRenderError(detail: string): RenderProblem | undefined {
  const [error = ''] = detail.split(/\s*\nUse --debug flag/)
  for (const [pattern, describe] of RENDER_ERRORS) {
    const match = pattern.exec(error)
    if (match) return describe(match)
  }
  return undefined
}

function lines(text: string): string {
  return text
    .trim()
    .replace(/:\s*\n[-\s]*/g, ': ')
    .replace(/\s*\n[-\s]*/g, '; ')
}
