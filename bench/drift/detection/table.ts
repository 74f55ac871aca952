import { formatTable } from '../../../src/runtime/markdown.ts'
import type { CaseKind, CaseResult, DriftDetection, MethodResult, PowerCell } from './results.ts'

/** Renders which shifts each method finds, and its false alarms. @param json the text of bench/drift-detection.json */
export function renderDetection(json: string): string {
  const { cases, versions }: DriftDetection = JSON.parse(json)
  const errors = cases.filter((each) => each.evidently.errors > 0)
  return [
    'Trials that report the column that changed:',
    '',
    renderCases(cases, 'shift', 'Shift'),
    '',
    'Trials that report any column:',
    '',
    renderCases(cases, 'no-shift', 'No shift, so that each report is a false alarm'),
    '',
    renderCases(cases, 'beyond', 'What no comparison of single columns finds'),
    '',
    '"Inconclusive": nothing drifted, and a column has too few independent rows to show a shift at its floor.',
    '',
    `Evidently ${versions.evidently} with pandas ${versions.pandas} and its default preset. "Its verdict" needs drift in at least half of the columns, whichever they are.${
      errors.length > 0
        ? ` It ends with an exception in ${errors.map((each) => `${formatCount(each.evidently.errors, each.trials)} trials of "${each.description}"`).join(', ')}.`
        : ''
    }`,
    '',
  ].join('\n')
}

function renderCases(cases: readonly CaseResult[], kind: CaseKind, title: string): string {
  const head = [title, '`calibrated`', '`two-sigma`', '`evidently`', 'Evidently', 'Evidently, its verdict']
  const choose = ({ found, drift }: MethodResult) => (kind === 'shift' ? found : drift)
  const rows = cases
    .filter((each) => each.kind === kind)
    .map(({ description, trials, policies, evidently, inconclusive }) => [
      description,
      `**${formatCount(choose(policies.calibrated), trials)}**${inconclusive > 0 ? ` (${inconclusive} inconclusive)` : ''}`,
      ...[
        choose(policies['two-sigma']),
        choose(policies.evidently),
        choose(evidently),
        evidently.dataset,
      ].map((count) => formatCount(count, trials)),
    ])
  return formatTable(head, rows)
}

const formatCount = (count: number, trials: number): string => `${count} of ${trials}`

/** Renders how often a shift is found, by its size and the number of rows. */
export function renderPower(json: string): string {
  const {
    power: { cells, columns },
  }: DriftDetection = JSON.parse(json)
  const shifts = [...new Set(cells.map(({ shift }) => shift))]
  const rows = [
    ...Map.groupBy(cells, ({ referenceRows, currentRows }) => `${referenceRows}/${currentRows}`).values(),
  ]
  return [
    formatTable(
      [
        'Rows of reference and current',
        ...shifts.map((shift) => (shift === 0 ? 'no shift (false alarms)' : `${shift} σ`)),
      ],
      rows.map((same) => [formatSize(same), ...shifts.map((shift) => formatRate(same, shift))]),
    ),
    '',
    `Share of checks that report drift if the mean of one of ${columns} normal columns moves, in standard deviations. Rows are independent. A shift of 0.1 σ is below both floors: with many rows it is not drift. ${formatSimulations(cells)}.`,
    '',
  ].join('\n')
}

function formatSize([first]: readonly PowerCell[]): string {
  return [first?.referenceRows, first?.currentRows].map((rows) => rows?.toLocaleString('en-US')).join(' / ')
}

function formatRate(cells: readonly PowerCell[], shift: number): string {
  const cell = cells.find((each) => each.shift === shift)
  return cell ? `${((100 * cell.drift) / cell.simulations).toFixed(shift === 0 ? 1 : 0)} %` : '–'
}

function formatSimulations(cells: readonly PowerCell[]): string {
  const counts = [...new Set(cells.map(({ simulations }) => simulations))].toSorted((one, two) => two - one)
  return counts.length === 1
    ? `${counts[0]} simulations a cell`
    : `${counts.join(' or, with many rows, ')} simulations a cell`
}
