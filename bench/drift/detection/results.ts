import type { DriftPolicy } from '../../../src/domain/drift/result.ts'

/** The contents of bench/drift-detection.json. */
export interface DriftDetection {
  versions: { evidently: string; pandas: string }
  cases: readonly CaseResult[]
  power: PowerResult
}

/** `beyond`: a change that no comparison of single columns finds. */
export type CaseKind = 'shift' | 'no-shift' | 'beyond'

export interface CaseResult {
  name: string
  kind: CaseKind
  description: string
  trials: number
  policies: Readonly<Record<DriftPolicy, MethodResult>>
  /** Trials that end inconclusive under `calibrated`. */
  inconclusive: number
  evidently: MethodResult & {
    /** Its own verdict: at least half of the columns drifted. */
    dataset: number
    /** Trials that end with an exception. */
    errors: number
  }
}

/** Numbers of trials. */
export interface MethodResult {
  /** At least one drifted column. */
  drift: number
  /** The column that changed is among the drifted ones. */
  found: number
}

export interface PowerResult {
  columns: number
  cells: readonly PowerCell[]
}

/** One of the columns moves by `shift` standard deviations; 0 shows the false alarms. */
export interface PowerCell {
  referenceRows: number
  currentRows: number
  shift: number
  simulations: number
  drift: number
}
