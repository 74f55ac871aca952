import type { FalsePromotes, GateErrors, Rate } from './gate-errors.ts'

/** The gate's error rates as the front page has them. @param json of bench/gate-errors.json */
export function renderGateErrors(json: string): string {
  const errors: GateErrors = JSON.parse(json)
  const { simulations, retrainsAYear, discordance, margin, confidence, falseRefusals } = errors
  const gains = [...new Set(falseRefusals.map(({ trueGain }) => trueGain))]
  const sizes = [...new Set(falseRefusals.map(({ rows }) => rows))]
  const refused = (rows: number, gain: number) =>
    falseRefusals.find((cell) => cell.rows === rows && cell.trueGain === gain)?.refused
  return [
    `How often a model is let through that should not be, and in brackets how often that is in ${retrainsAYear} retrains a year:`,
    '',
    table([
      [
        'Holdout',
        '"Better at all" of two numbers',
        `"${margin} better" of two numbers`,
        'Tested, rows of a user taken as independent',
        `This gate, with Wilson's 95 % interval`,
      ],
      ...promoteRows(errors),
    ]),
    '',
    `Two numbers: the two models are equally good. This gate: at its policy's boundary, the worst of \`challenger\` (better at all; better by ${margin}, and truly so by just that) and \`refresh\` (truly worse by just the margin of ${margin}); it promises at most ${percent(1 - confidence, 0)}. ${simulations.toLocaleString('en-US')} simulations a cell; classifiers disagree on ${percent(discordance, 0)} of the rows, of a user's always in favour of the same model.`,
    '',
    'The price: how often a better model is not let through yet (`challenger`, better at all; independent rows).',
    '',
    table([
      ['Rows', ...gains.map((gain) => `${gain} better`)],
      ...sizes.map((rows) => [
        rows.toLocaleString('en-US'),
        ...gains.map((gain) => percent(refused(rows, gain)?.rate ?? Number.NaN, 0)),
      ]),
    ]),
    '',
  ].join('\n')
}

/** A line for each holdout. Two numbers are tried by equal models, and where there are none, not at all. */
function promoteRows({ falsePromotes }: GateErrors): string[][] {
  const holdouts = Map.groupBy(falsePromotes, ({ statistic, rows, users }) =>
    [statistic, rows, users].join(' '),
  )
  return [...holdouts.values()].map((cells) => {
    const [first] = cells as [FalsePromotes]
    const equal = cells.find(({ trueGain }) => trueGain === 0)
    return [
      named(first),
      often(equal?.pointBetter),
      often(equal?.pointBetterByMargin),
      often(worst(cells.flatMap(({ rowsAsIndependent }) => rowsAsIndependent ?? []))),
      promised(worst(cells.map(({ thisGate }) => thisGate))),
    ]
  })
}

function worst(rates: readonly Rate[]): Rate | undefined {
  return rates.toSorted((a, b) => b.rate - a.rate)[0]
}

function named({ statistic, rows, users }: FalsePromotes): string {
  const name = statistic === 'auc' ? 'AUC' : statistic.replaceAll('_', ' ')
  if (users === undefined) return `${name}, ${rows.toLocaleString('en-US')} rows`
  return `${name}, ${users} users of ${rows / users} rows`
}

function often(rate: Rate | undefined): string {
  return rate ? `${percent(rate.rate, 0)} (${rate.aYear.toFixed(0)})` : '–'
}

function promised(rate: Rate | undefined): string {
  if (!rate) return ''
  return `**${percent(rate.rate, 1)}**, ${percent(rate.low, 1)} to ${percent(rate.high, 1)} (${rate.aYear.toFixed(1)})`
}

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`
}

function table([head = [], ...lines]: string[][]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
