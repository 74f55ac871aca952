export type Direction = 'higher' | 'lower'

/** A non-negative decimal text as written in the policy. Relative: a share of the baseline's value. */
export type Amount = { absolute: string } | { relative: string }

/** A metric, its direction, and the statistic that computes it from rows. */
export interface MetricRule {
  /** Name in MLflow. */
  metric: string
  direction: Direction
  /** Name in metrics/statistic-catalog.ts; undefined if rows do not determine it, such as a latency. */
  statistic: string | undefined
}

export interface Primary extends MetricRule {
  /** Worst acceptable value, also for a first model: the minimum, or with `lower` the maximum. */
  minValue: string | undefined
}

/** What the primary metric must show against the champion. */
export type Comparison =
  /** Better by at least this: superiority. An absolute 0 means better by any amount. */
  | { kind: 'challenger'; minImprovement: Amount }
  /** Not worse by more than `margin`: non-inferiority. The anchor is a fixed version, so that regressions cannot add up. */
  | { kind: 'refresh'; margin: Amount; anchor: { version: string; margin: Amount } | undefined }
  /** Fixed limits only; no comparison with the champion. */
  | { kind: 'threshold' }

export interface Guardrail extends MetricRule {
  maxRegression: Amount | undefined
  /** Minimum and maximum acceptable value, whatever the direction. */
  floor: string | undefined
  ceiling: string | undefined
  /** A column: the value is then the greatest minus the least value of the statistic across the column's groups. */
  groupDisparity: string | undefined
}

/** The primary metric on a part of the rows. Each value of the column is a slice, or only the named ones. */
export interface SliceRule {
  column: string
  values: readonly string[] | undefined
  maxRegression: Amount
  /** A slice with fewer rows (or groups) blocks only if it shows a regression. */
  minSamples: number
}

export type Source = { path: string } | { artifact: string }

export interface HoldoutPolicy {
  /** The labels: one row per `id`. Predictions are joined to it; labels in them are ignored. */
  source: Source
  /** Column names. */
  id: string
  label: string
  group?: string | undefined
  query?: string | undefined
  time?: string | undefined
  weight?: string | undefined
  positive?: string | undefined
  /** Words such as NA that are values. By default, they mean a missing value in labels, groups and queries. */
  notMissing?: readonly string[] | undefined
  /** Ids that a model was trained on. */
  trainingIds: Source | undefined
  /** End of the training data: an ISO time, or the param or tag of the model's run that has it. */
  trainingCutoff: { time: string } | { param: string } | { tag: string } | undefined
  /** Milliseconds until a label is final. */
  labelLag: number | undefined
}

/** Source of each model's predictions. */
export type PredictionsPolicy =
  /** The user's script, run once per model. */
  | { kind: 'evaluate'; run: string; shell: string; workingDirectory: string | undefined; timeout: number }
  | { kind: 'files'; candidate: string; champion: string | undefined; anchor: string | undefined }
  /** A file of the same name in each model's run. */
  | { kind: 'artifact'; artifact: string }

export interface GatePolicy {
  primary: Primary
  comparison: Comparison
  guardrails: readonly Guardrail[]
  slices: readonly SliceRule[]
  champion: {
    /** Milliseconds after which a champion is stale, since its promotion, or its training if that is unknown. */
    maxAge: number | undefined
    onStale: 'warn' | 'inconclusive'
    /** Waives the comparison with one version that cannot be scored, until the end of a day (UTC). */
    waiver: { version: string; by: string; reason: string; until: string } | undefined
  }
  comparable: {
    /** `known`: inconclusive if the data are known to differ. `required`: also if that is unknown. */
    sameData: 'known' | 'required'
    /** Param or tag of a run with the user's own sha256 of the evaluation data. */
    sha256: string
    /** Rows behind logged metrics: a number, or the param that has it. */
    rows: { count: number } | { param: string } | undefined
  }
  predictions: PredictionsPolicy | undefined
  holdout: HoldoutPolicy | undefined
  statistics: {
    /** One-sided, such as 0.95: at most 5 % of candidates exactly at the margin pass. */
    confidence: number
    resamples: number
    /** Fewer rows, or groups, are inconclusive. */
    minRows: number
    minGroups: number
  }
  decision: {
    mode: 'enforce' | 'dry-run'
    onInconclusive: 'skip' | 'fail'
    /** Consecutive rejections after which the gate warns. */
    maxRejections: number
  }
}
