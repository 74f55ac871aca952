import type { Predictions, Rows } from '../../src/domain/gate/dataset/rows.ts'
import { normalCdf, normalQuantile } from '../../src/domain/statistics/distributions.ts'
import type { Random } from '../../src/domain/statistics/random.ts'

/** Rows, and the predictions of two models with a known true difference. */
export interface Sample {
  rows: Rows
  candidate: Predictions
  champion: Predictions
}

/** The size of a holdout: its rows, and the users to which they belong. */
export interface Shape {
  rows: number
  users: number | undefined
  /** Number of classes; two of random size if undefined. */
  classes?: number | undefined
  /** Rows of the first class; if undefined, all classes have equally many. */
  rareRows?: number | undefined
}

/** Draws a holdout from a population in which the candidate is better by exactly `gain`. */
export type Population = (shape: Shape, gain: number, stream: Random) => Sample

/** The share of rows on which the models disagree. */
export const DISCORDANCE = 0.05

const drawUniform = (stream: Random) => (stream.below(2 ** 30) + 0.5) / 2 ** 30
const drawNormal = (stream: Random) => normalQuantile(drawUniform(stream))

/**
 * Two classifiers that are right on 90 % of the rows on which they agree, and disagree on 5 %. Rows of a user are
 * dependent: the same model is right on all rows of a user on which the models disagree.
 */
export const classifiers: Population = ({ rows, users }, gain, stream) => {
  const favour = (DISCORDANCE + gain) / 2 / DISCORDANCE
  const winners = Array.from({ length: users ?? 0 }, () => drawUniform(stream) < favour)
  const [labels, own, other] = [new Int32Array(rows), new Int32Array(rows), new Int32Array(rows)]
  for (let row = 0; row < rows; row += 1) {
    const label = stream.below(2)
    const chance = drawUniform(stream)
    const differ = chance < DISCORDANCE
    const wins = users === undefined ? chance < favour * DISCORDANCE : winners[row % users]
    const right = chance < DISCORDANCE + 0.9 * (1 - DISCORDANCE)
    labels[row] = label
    own[row] = (differ ? wins : right) ? label : 1 - label
    other[row] = (differ ? !wins : right) ? label : 1 - label
  }
  return createSample(labels, users, { classes: own }, { classes: other })
}

/** The share of the rows of a rare class on which the models disagree. */
export const RARE_DISCORDANCE = 0.3

/**
 * Two classifiers as above, with many classes or one rare class, on independent rows. The candidate gains equally in each
 * class, so the recall of each class, their mean, and accuracy all gain `gain`. Wrong classes are uniform, so F1 gains it,
 * too.
 */
export const multiclassClassifiers: Population = ({ rows, classes = 2, rareRows }, gain, stream) => {
  const labels = new Int32Array(rows).map((_, row) => {
    if (rareRows === undefined) return row % classes
    return row < rareRows ? 0 : 1 + (row % (classes - 1))
  })
  const misclassify = (label: number) => (label + 1 + stream.below(classes - 1)) % classes
  const [own, other] = [new Int32Array(rows), new Int32Array(rows)]
  labels.forEach((label, row) => {
    const differing = rareRows !== undefined && label === 0 ? RARE_DISCORDANCE : DISCORDANCE
    const chance = drawUniform(stream)
    const wins = chance < (differing + gain) / 2
    const right = chance < differing + 0.9 * (1 - differing)
    const wrong = misclassify(label)
    own[row] = (chance < differing ? wins : right) ? label : wrong
    other[row] = (chance < differing ? !wins : right) ? label : wrong
  })
  return createSample(labels, undefined, { classes: own }, { classes: other }, classes)
}

/**
 * Two models whose scores are normal in each class, with a correlation of 0.9. Their AUC is Phi(shift / sqrt 2). The AUC
 * of the champion is 0.85. A fifth of the rows is positive.
 */
export const rankers: Population = ({ rows, users }, gain, stream) => {
  const shift = (auc: number) => Math.SQRT2 * normalQuantile(auc)
  const [better, worse] = [shift(0.85 + gain), shift(0.85)]
  const [labels, own, other] = [new Int32Array(rows), new Float64Array(rows), new Float64Array(rows)]
  for (let row = 0; row < rows; row += 1) {
    const label = stream.below(5) === 0 ? 1 : 0
    const shared = Math.sqrt(0.9) * drawNormal(stream)
    labels[row] = label
    own[row] = normalCdf(label * better + shared + Math.sqrt(0.1) * drawNormal(stream))
    other[row] = normalCdf(label * worse + shared + Math.sqrt(0.1) * drawNormal(stream))
  }
  return createSample(labels, users, { scores: own }, { scores: other })
}

/**
 * Two models with exponential losses, of which two thirds are shared. A few rows have very large losses. The mean loss
 * of the champion is 0.4. For each user, one of the models, chosen at random, is worse by 0.04.
 */
export const forecasters: Population = ({ rows, users }, gain, stream) => {
  const lean = Array.from({ length: users ?? 0 }, () => 0.04 * stream.below(2))
  const [labels, own, other] = [new Int32Array(rows), new Float64Array(rows), new Float64Array(rows)]
  const loss = () => -Math.log(drawUniform(stream))
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
  return createSample(labels, users, { scores: own }, { scores: other })
}

type PartialPredictions = Partial<Pick<Predictions, 'classes' | 'scores'>>

function createSample(
  codes: Int32Array,
  users: number | undefined,
  candidate: PartialPredictions,
  champion: PartialPredictions,
  classes = 2,
): Sample {
  const none = { classes: undefined, scores: undefined, probabilities: undefined }
  const groups = users === undefined ? undefined : { codes: codes.map((_, row) => row % users), names: [] }
  const rows: Rows = {
    count: codes.length,
    labels: { kind: 'classes', codes, names: listNames(classes), positive: 1 },
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

const listNames = (classes: number) => Array.from({ length: classes }, (_, code) => `class ${code}`)
