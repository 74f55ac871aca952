export type Direction = 'higher' | 'lower'

/** A margin as a person wrote it: a decimal text that is not negative. Relative means a share of the champion's value. */
export type Amount = { absolute: string } | { relative: string }

/** A metric, which of its values are the better ones, and how it is computed where rows are at hand. */
export interface MetricRule {
  /** Name, as the run logged it. */
  metric: string
  direction: Direction
  /** Name of the statistic that computes it from rows (statistics.ts); undefined where none does, as for a latency. */
  statistic: string | undefined
}

/** The metric that decides. */
export interface Primary extends MetricRule {
  /** The worst value that is acceptable at all, also for a first model: the least, or with `lower` the greatest. */
  minValue: string | undefined
}

/** What the primary metric has to show against the champion. */
export type Comparison =
  /** Better by at least this: superiority. With an absolute 0, better at all. */
  | { kind: 'challenger'; minImprovement: Amount }
  /** Not worse by more than `margin`: non-inferiority; and against a fixed version, so that small steps cannot add up. */
  | { kind: 'refresh'; margin: Amount; anchor: { version: string; margin: Amount } | undefined }
  /** By its own values alone; the champion is not compared. */
  | { kind: 'threshold' }

/** Something else that must not break. */
export interface Guardrail extends MetricRule {
  /** May be worse than the champion by this much, and no more. */
  maxRegression: Amount | undefined
  /** The least and the greatest acceptable value, whatever the direction. */
  floor: string | undefined
  ceiling: string | undefined
  /** A column: the value is then the greatest minus the least value of the statistic over the column's groups. */
  across: string | undefined
}

/** The primary metric on a part of the rows. Each value of the column is a slice, or only the ones that are named. */
export interface SliceRule {
  column: string
  values: readonly string[] | undefined
  maxRegression: Amount
  /** A slice with fewer rows (or groups) blocks only on evidence of harm. */
  minSamples: number
}

/** A file of the workspace, or of the artifacts of the model's own run. */
export type Source = { path: string } | { artifact: string }

export interface HoldoutPolicy {
  /** The labels: one row per `id`. The models' predictions are joined to it, and nothing of them counts as a label. */
  source: Source
  /** Names of columns. The optional ones are undefined where the policy does not name them. */
  id: string
  label: string
  group: string | undefined
  query: string | undefined
  time: string | undefined
  weight: string | undefined
  /** The label that is the positive class of a binary statistic. */
  positive: string | undefined
  /** Ids that a model was trained on; from each model's own run where it is an artifact. */
  trainingIds: Source | undefined
  /** Until when the training data go: an ISO time, or the name of a param or tag of the model's run that says it. */
  trainingCutoff: { time: string } | { param: string } | { tag: string } | undefined
  /** Milliseconds that a label needs to become final. */
  labelLag: number | undefined
}

/** Where each model's predictions come from. */
export type PredictionsPolicy =
  /** The user's script, once per model. */
  | { kind: 'evaluate'; run: string; shell: string; workingDirectory: string | undefined; timeout: number }
  /** A file per model. */
  | { kind: 'files'; candidate: string; champion: string | undefined; anchor: string | undefined }
  /** A file of the same name in each model's run. */
  | { kind: 'artifact'; artifact: string }

export interface GatePolicy {
  primary: Primary
  comparison: Comparison
  guardrails: readonly Guardrail[]
  slices: readonly SliceRule[]
  champion: {
    /** Milliseconds after which a champion is stale, counted from its promotion, or its training where that is unknown. */
    maxAge: number | undefined
    onStale: 'warn' | 'inconclusive'
    /** A champion that can no longer be scored, let go by a named person until the end of a day (UTC), for one version. */
    incomparable: { version: string; by: string; reason: string; until: string } | undefined
  }
  comparable: {
    /** `known`: inconclusive only where the data are known to differ. `required`: also where nothing is known of them. */
    sameData: 'known' | 'required'
    /** Param or tag of a run that holds the user's own sha256 of the evaluation data. */
    sha256: string
    /** Rows of the evaluation data for metrics without rows: a number, or the name of a param that holds it. */
    rows: { count: number } | { param: string } | undefined
  }
  predictions: PredictionsPolicy | undefined
  holdout: HoldoutPolicy | undefined
  statistics: {
    /** One-sided, such as 0.95: at the policy's boundary, at most 5 % of candidates are let through. */
    confidence: number
    resamples: number
    /** Fewer rows, or groups, than this decide nothing. */
    minRows: number
    minGroups: number
  }
  decision: {
    mode: 'enforce' | 'dry-run'
    onInconclusive: 'skip' | 'fail'
    /** Rejections in a row after which the gate says that it goes on for ever. */
    maxRejections: number
  }
}
