import { normalCdf, normalQuantile } from '../../src/domain/gate/normal.ts'
import type { Random } from '../../src/domain/gate/random.ts'
import type { Predictions, Rows } from '../../src/domain/gate/rows.ts'

/** Rows and two models of which it is known how much better the candidate truly is. */
export interface Draw {
  rows: Rows
  candidate: Predictions
  champion: Predictions
}

/** How many rows there are, and whether each belongs to one of so many users. */
export interface Shape {
  rows: number
  users: number | undefined
}

/** Draws a holdout from a world in which the candidate is better by exactly `gain`. */
export type World = (shape: Shape, gain: number, stream: Random) => Draw

/** Of the rows, the models disagree on this share. */
export const DISCORDANCE = 0.05

const uniform = (stream: Random) => (stream.below(2 ** 30) + 0.5) / 2 ** 30
const normal = (stream: Random) => normalQuantile(uniform(stream))

/**
 * Two classifiers that are right on 90 % of what both say, and disagree on 5 %. Rows of a user are not independent: all
 * that the models disagree on of one user is won by the same model.
 */
export const classifiers: World = ({ rows, users }, gain, stream) => {
  const favour = (DISCORDANCE + gain) / 2 / DISCORDANCE
  const winners = Array.from({ length: users ?? 0 }, () => uniform(stream) < favour)
  const [labels, own, other] = [new Int32Array(rows), new Int32Array(rows), new Int32Array(rows)]
  for (let row = 0; row < rows; row += 1) {
    const label = stream.below(2)
    const chance = uniform(stream)
    const differ = chance < DISCORDANCE
    const wins = users === undefined ? chance < favour * DISCORDANCE : winners[row % users]
    const right = chance < DISCORDANCE + 0.9 * (1 - DISCORDANCE)
    labels[row] = label
    own[row] = (differ ? wins : right) ? label : 1 - label
    other[row] = (differ ? !wins : right) ? label : 1 - label
  }
  return draw(labels, users, { classes: own }, { classes: other })
}

/**
 * Two rankers whose scores are normal in each class and correlated by 0.9; AUC is then Phi(shift / sqrt 2), and the
 * champion's is 0.85. A fifth of the rows is positive.
 */
export const rankers: World = ({ rows, users }, gain, stream) => {
  const shift = (auc: number) => Math.SQRT2 * normalQuantile(auc)
  const [better, worse] = [shift(0.85 + gain), shift(0.85)]
  const [labels, own, other] = [new Int32Array(rows), new Float64Array(rows), new Float64Array(rows)]
  for (let row = 0; row < rows; row += 1) {
    const label = stream.below(5) === 0 ? 1 : 0
    const shared = Math.sqrt(0.9) * normal(stream)
    labels[row] = label
    own[row] = normalCdf(label * better + shared + Math.sqrt(0.1) * normal(stream))
    other[row] = normalCdf(label * worse + shared + Math.sqrt(0.1) * normal(stream))
  }
  return draw(labels, users, { scores: own }, { scores: other })
}

/**
 * Two models whose losses are exponential, so that a few rows are very wrong; two thirds of each is shared. The
 * champion's mean is 0.4. For each user one of the models, either as likely, is worse by 0.04.
 */
export const forecasters: World = ({ rows, users }, gain, stream) => {
  const lean = Array.from({ length: users ?? 0 }, () => 0.04 * stream.below(2))
  const [labels, own, other] = [new Int32Array(rows), new Float64Array(rows), new Float64Array(rows)]
  const loss = () => -Math.log(uniform(stream))
  for (let row = 0; row < rows; row += 1) {
    const label = stream.below(2)
    const shared = (2 * loss()) / 3
    const leans = users === undefined ? 0.02 : (lean[row % users] as number)
    const losses = [
      leans + (0.38 - gain) * (shared + loss() / 3),
      0.04 - leans + 0.38 * (shared + loss() / 3),
    ].map((size) => Math.exp(-size))
    labels[row] = label
    for (const [at, scores] of [own, other].entries())
      scores[row] = label === 1 ? (losses[at] as number) : 1 - (losses[at] as number)
  }
  return draw(labels, users, { scores: own }, { scores: other })
}

type Said = Partial<Pick<Predictions, 'classes' | 'scores'>>

function draw(codes: Int32Array, users: number | undefined, candidate: Said, champion: Said): Draw {
  const none = { classes: undefined, scores: undefined, probabilities: undefined }
  const groups = users === undefined ? undefined : { codes: codes.map((_, row) => row % users), names: [] }
  const rows: Rows = {
    count: codes.length,
    labels: { kind: 'classes', codes, names: ['no', 'yes'], positive: 1 },
    groups,
    queries: undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest: 'drawn',
  }
  return {
    rows,
    candidate: { ...none, ...candidate, digest: 'candidate' },
    champion: { ...none, ...champion, digest: 'champion' },
  }
}
