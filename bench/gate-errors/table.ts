import type { ErrorRate, FalsePromotionRates, GateErrors } from './simulation.ts'

/** Renders the error rates of the gate for the documentation. @param json the text of bench/gate-errors.json */
export function renderGateErrors(json: string): string {
  const errors: GateErrors = JSON.parse(json)
  const {
    simulations,
    retrainsPerYear: retrainsAYear,
    discordance,
    rareDiscordance,
    margin,
    confidence,
    falseRejections: falseRefusals,
  } = errors
  const classSimulations =
    errors.falsePromotions.find(({ classes }) => classes !== undefined)?.thisGate.simulations ?? simulations
  const gains = [...new Set(falseRefusals.map(({ trueGain }) => trueGain))]
  const sizes = [...new Set(falseRefusals.map(({ rows }) => rows))]
  const refused = (rows: number, gain: number) =>
    falseRefusals.find((cell) => cell.rows === rows && cell.trueGain === gain)?.notPromoted
  return [
    `How often the gate accepts a model that it should not, and in brackets how often that is in ${retrainsAYear} retrains a year:`,
    '',
    table([
      [
        'Holdout',
        '"Better at all" of two numbers',
        `"${margin} better" of two numbers`,
        'Tested, rows of a user taken as independent',
        `This gate, with Wilson's 95 % interval`,
      ],
      ...promotionRows(errors),
    ]),
    '',
    `Two numbers: the two models are equally good. This gate: at its policy's boundary, the worst of \`challenger\` (better at all; better by ${margin}, and truly so by just that) and \`refresh\` (truly worse by just the margin of ${margin}); it promises at most ${formatPercent(1 - confidence, 0)}. ${simulations.toLocaleString('en-US')} simulations a cell, ${classSimulations.toLocaleString('en-US')} with many classes or a rare one; classifiers disagree on ${formatPercent(discordance, 0)} of the rows (of a class of few rows among large ones, on ${formatPercent(rareDiscordance, 0)}), of a user's always in favour of the same model.`,
    '',
    'The price: how often the gate does not accept a better model yet (`challenger`, better at all; independent rows).',
    '',
    table([
      ['Rows', ...gains.map((gain) => `${gain} better`)],
      ...sizes.map((rows) => [
        rows.toLocaleString('en-US'),
        ...gains.map((gain) => formatPercent(refused(rows, gain)?.rate ?? Number.NaN, 0)),
      ]),
    ]),
    '',
  ].join('\n')
}

/** Renders a row for each holdout. Two metric values are compared only for equal models, if the holdout has them. */
function promotionRows({ falsePromotions: falsePromotes }: GateErrors): string[][] {
  const holdouts = Map.groupBy(falsePromotes, formatCell)
  return [...holdouts].map(([holdout, cells]) => {
    const equal = cells.find(({ trueGain }) => trueGain === 0)
    return [
      holdout,
      formatRate(equal?.pointEstimateBetter),
      formatRate(equal?.pointEstimateBetterByMargin),
      formatRate(
        highestRate(
          cells.flatMap(({ assumingIndependentRows: rowsAsIndependent }) => rowsAsIndependent ?? []),
        ),
      ),
      formatRateWithInterval(highestRate(cells.map(({ thisGate }) => thisGate))),
    ]
  })
}

function highestRate(rates: readonly ErrorRate[]): ErrorRate | undefined {
  return rates.toSorted((a, b) => b.rate - a.rate)[0]
}

const STATISTIC_NAMES: Readonly<Record<string, string>> = { auc: 'AUC', f1_macro: 'macro F1' }

function formatCell({ statistic, rows, users, classes, rareRows }: FalsePromotionRates): string {
  const name = STATISTIC_NAMES[statistic] ?? statistic.replaceAll('_', ' ')
  if (rareRows !== undefined)
    return `${name}, ${rows.toLocaleString('en-US')} rows, one of ${classes} classes with ${rareRows}`
  if (classes !== undefined)
    return `${name}, ${classes.toLocaleString('en-US')} classes of ${rows / classes} rows`
  if (users === undefined) return `${name}, ${rows.toLocaleString('en-US')} rows`
  return `${name}, ${users} users of ${rows / users} rows`
}

function formatRate(rate: ErrorRate | undefined): string {
  return rate ? `${formatPercent(rate.rate, 0)} (${rate.perYear.toFixed(0)})` : '–'
}

function formatRateWithInterval(rate: ErrorRate | undefined): string {
  if (!rate) return ''
  return `**${formatPercent(rate.rate, 1)}**, ${formatPercent(rate.low, 1)} to ${formatPercent(rate.high, 1)} (${rate.perYear.toFixed(1)})`
}

function formatPercent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`
}

function table([head = [], ...lines]: string[][]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
