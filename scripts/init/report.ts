import { BUILD_SCRIPT } from './files/build-script.ts'
import { POLICY } from './files/policy.ts'
import { INSTRUCTIONS, PATCH, type Plan, ROLE } from './plan.ts'
import { printable, printableLines } from './settings/chooser.ts'
import type { Settings } from './settings/index.ts'
import type { FileResult } from './write.ts'

const OUTCOMES = {
  new: 'written',
  replaced: 'replaced',
  unchanged: 'unchanged',
  kept: 'kept: it differs, see below; --force replaces it',
  protected: 'kept, see above',
  link: 'not written: it is a link, or in a linked folder',
} as const

export interface Report {
  root: string
  choices: readonly { what: string; value: string; source: string }[]
  notes: readonly string[]
  results: readonly FileResult[]
  settings: Settings
  plan: Plan
  /** Whether the policy compares both models on the same rows. */
  comparesRows: boolean
  dryRun: boolean
}

/** The whole output as text. */
export function renderReport(report: Report): string {
  const { root, choices, notes, results, dryRun } = report
  const differing = results.filter(({ outcome, diff }) => outcome === 'kept' || (dryRun && diff !== ''))
  return [
    printable(root),
    renderTable(choices.map(({ what, value, source }) => [what, printable(value), printable(source)])),
    section(
      'Look at',
      notes.map((note) => `- ${note}`),
    ),
    section(dryRun ? 'Files (--dry-run: nothing was written)' : 'Files', [
      renderTable(
        results.map(({ path, outcome }) => [
          printable(path),
          dryRun && outcome === 'new' ? 'new' : OUTCOMES[outcome],
        ]),
      ),
    ]),
    ...differing.map(({ diff }) => printableLines(diff)),
    section('Set in GitHub', listSecrets(report.settings)),
    section(
      'Next steps',
      listSteps(report).map((step, index) => `${index + 1}. ${step}`),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0
    ? ''
    : `\n${title}\n${lines.map((line) => line.replace(/^(?=.)/gm, '  ')).join('\n')}`
}

function renderTable(rows: readonly string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Commands of the GitHub CLI, as text. Their only outside text is an address without letters that a shell interprets. */
function listSecrets({ trackingUri }: Settings): string[] {
  return [
    `gh variable set MLFLOW_TRACKING_URI --body '${trackingUri ?? 'https://mlflow.example.com'}'${trackingUri === undefined ? '   # the address of your server' : ''}`,
    "gh variable set MLFLOW_POD_TRACKING_URI --body 'http://...'   # only if pods reach MLflow by another address",
    'gh secret set KUBECONFIG < kubeconfig.yaml   # examples/rbac/README.md of retrain-actions creates it for your namespace',
    'gh secret set MLFLOW_TRACKING_TOKEN   # only if your server asks for a token',
    'gh secret set MLFLOW_TRACKING_USERNAME; gh secret set MLFLOW_TRACKING_PASSWORD   # only with basic authentication',
  ]
}

/** A path as one word of a shell. */
const quotePath = (path: string) =>
  /^[\w./-]+$/.test(path) ? path : `'${printable(path).replaceAll("'", `'\\''`)}'`

function listSteps({ results, root, settings, plan, comparesRows }: Report): string[] {
  const { namespace, modelName, release, gate } = settings
  const { chart, copiesChart, edits } = plan
  const model = printable(modelName)
  return [
    ...(chart.kind === 'edit' && edits.size === 0
      ? [
          `Read ${PATCH}, then git apply ${PATCH} (or run this command with --apply-chart), and delete it. Outcome: ${settings.versionFrom === 'image-tag' ? 'the tag of the image is the model version' : `pods download the model version to /model and state it in ${settings.versionFrom}`}.`,
        ]
      : []),
    ...(chart.kind === 'manual'
      ? [`Follow ${INSTRUCTIONS}. Outcome: pods state the version that they serve.`]
      : []),
    ...(chart.kind !== 'none' && settings.versionFrom.startsWith('env:')
      ? [
          'Let the server load the model from /model, and add mlflow to its image. Outcome: the server answers with the version that was deployed.',
        ]
      : []),
    ...(results.some(({ path, outcome }) => path === BUILD_SCRIPT && outcome === 'new')
      ? [
          `Read ${BUILD_SCRIPT}, and let it build and push the image that the chart names. Outcome: the image of each accepted version exists before its deployment.`,
        ]
      : []),
    ...(copiesChart
      ? [
          `Build an image with your server in /app/app.py and with mlflow, as in examples/digits/serving, and set image in ${settings.chartPath}/values.yaml. Outcome: the chart has an image to run.`,
        ]
      : []),
    `kubectl create namespace ${namespace}; kubectl apply --filename ${ROLE}. Outcome: the service account retrain-actions may deploy in ${namespace}, and nowhere else.`,
    'Set the variable and the secrets above. Outcome: gh variable list and gh secret list show them.',
    `npm run try -- ${quotePath(root)}. Outcome: the workflow runs on this machine first, with a real MLflow and Kubernetes, and without GitHub. docs/try-locally.md says more.`,
    `Commit the files to the default branch, and push. Outcome: the tab Actions lists Retrain ${model}, Roll back ${model} and Reconcile ${model}. The gate reads ${POLICY} from that branch.`,
    `Only if release ${release} serves a model already: run workflows-examples/adopt.yml once. Outcome: its version is the champion.`,
    'gh workflow run retrain.yml. Outcome: preflight reports within seconds what is missing. If nothing is, the first model is trained and deployed, and becomes version 1 with the alias champion.',
    ...(comparesRows
      ? [
          'Run it again. Outcome: the gate compares both models on the rows of the holdout, and deploys only a better one.',
        ]
      : [
          `Run it again. Outcome: the gate compares the logged ${printable(gate.metric)} of both runs, and deploys only a better model.`,
          `Logged values do not account for chance. ${gate.unusedFiles === undefined ? 'Add a holdout of rows that no model was trained on, and a scoring script, as in examples/digits' : 'Look at what keeps the holdout from being used, above'}, and run npm run init again with --force. Outcome: the gate evaluates both models on the same rows.`,
        ]),
  ]
}
