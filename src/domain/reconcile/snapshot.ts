import type { CurrentChampion, VersionRecord } from '../registry/champion.ts'
import type { ChampionEvent } from '../registry/champion-history.ts'
import type { ChampionRelease } from '../registry/champion-release.ts'
import type { DemotionRecord } from '../registry/demotion.ts'
import type { Ineligibility } from '../registry/eligibility.ts'
import type { LiveRelease } from '../release/live-release.ts'
import type { Revision } from '../release/revision-history.ts'
import type { VerifiedRevision } from '../release/verified-revisions.ts'

/** Registry, release and pods of one model, read at one moment. */
export interface Snapshot {
  model: string
  release: string
  /** Names of the two aliases. */
  names: { champion: string; previous: string }
  /** Milliseconds since 1970. */
  now: number
  /** Age in milliseconds after which a pending revision of an unknown Helm process counts as abandoned. */
  foreignOperationTimeoutMs: number
  /** Whether stages must follow the alias. */
  mirrorStages: boolean
  /** Alias to version number. */
  aliases: ReadonlyMap<string, string>
  versions: readonly VersionRecord[]
  champion: CurrentChampion<VersionRecord>
  /** Another release that serves the champion; only read if this one does not. */
  championRelease: ChampionRelease | undefined
  /** Why versions do not load, as the end of a sentence. Only relevant versions are checked, here and below. */
  unloadable: ReadonlyMap<string, string>
  /** Why it is unknown whether versions load, as the end of a sentence: the server does not list their files. */
  unverifiable: ReadonlyMap<string, string>
  /** Why versions are quarantined, by their own tag or by that of the same files. */
  quarantined: ReadonlyMap<string, string>
  history: readonly Revision[]
  verifiedRevisions: readonly VerifiedRevision[]
  /** Undefined if no revision is deployed, or if its pods cannot be read. */
  live: LiveRelease | undefined
  /** Why its pods cannot be read, as a sentence: the chart has no workload that the suite can watch. */
  unwatched?: string | undefined
  /** Holder of the release's lease. */
  holder: LeaseHolder | undefined
}

export interface LeaseHolder {
  /** Readable: "helm-deploy of https://… (since …)". */
  description: string
  isLive: boolean
  /** What an expired holder left undone. */
  unfinishedWork: UnfinishedWork | undefined
}

export type UnfinishedWork =
  | { kind: 'release-incomplete'; reason: string }
  /** Failed versions whose tags do not record it. */
  | { kind: 'failure-unrecorded'; versions: readonly string[] }

/**
 * in-progress: an operation is running, so nothing else can be concluded. inconsistent: two sources contradict each other.
 * unknown: the version that serves cannot be read. info: not an inconsistency.
 */
export type Severity = 'in-progress' | 'inconsistent' | 'unknown' | 'info'

/** Every kind of finding with its severity, most severe first. */
export const FINDING_SEVERITIES = {
  'in-progress': 'in-progress',
  interrupted: 'inconsistent',
  'release-locked': 'inconsistent',
  'other-model': 'inconsistent',
  'live-quarantined': 'inconsistent',
  'pods-mismatch': 'inconsistent',
  'values-pods-mismatch': 'inconsistent',
  'champion-unclear': 'inconsistent',
  'no-release': 'inconsistent',
  'rollback-unrecorded': 'inconsistent',
  'no-alias': 'inconsistent',
  'alias-release-mismatch': 'inconsistent',
  'champion-quarantined': 'inconsistent',
  'champion-demoted': 'inconsistent',
  'champion-unloadable': 'inconsistent',
  'live-unregistered': 'inconsistent',
  'live-demoted': 'inconsistent',
  'live-unevaluated': 'inconsistent',
  'version-tags': 'inconsistent',
  'previous-alias': 'inconsistent',
  stages: 'inconsistent',
  'no-ready-pods': 'unknown',
  'version-unknown': 'unknown',
  'workload-unwatched': 'unknown',
  'not-deployed': 'unknown',
  'champion-from-stage': 'info',
  'champion-unverifiable': 'info',
  unverified: 'info',
} as const satisfies Record<string, Severity>
export type FindingKind = keyof typeof FINDING_SEVERITIES

/** A rollback by a job of this suite, from a version whose tags do not record it. */
export interface UnrecordedRollback {
  from: string
  /** The revision that the rollback created. */
  verifiedRevision: VerifiedRevision
}

/** What a snapshot shows. A `reason` is the end of a sentence about the version. */
export type Finding =
  /** `pending` without a live lease: a Helm process outside this suite. */
  | { kind: 'in-progress'; pending: Revision | undefined }
  | { kind: 'interrupted'; work: UnfinishedWork }
  | { kind: 'release-locked'; pending: Revision }
  | { kind: 'other-model'; model: string }
  | { kind: 'pods-mismatch'; versions: readonly string[] }
  | { kind: 'values-pods-mismatch'; served: string }
  | { kind: 'rollback-unrecorded'; rollback: UnrecordedRollback }
  | { kind: 'alias-release-mismatch'; served: string | undefined }
  | { kind: 'no-alias' | 'live-unregistered'; version: string | undefined }
  | { kind: 'live-quarantined'; version: string; reason: string }
  | { kind: 'live-demoted'; version: string; demotion: DemotionRecord }
  | { kind: 'live-unevaluated'; version: string; ineligibility: Ineligibility }
  | { kind: 'champion-quarantined' | 'champion-unloadable'; reason: string }
  | { kind: 'champion-demoted'; demotion: DemotionRecord }
  | { kind: 'champion-unclear' | 'champion-unverifiable'; reason: string }
  /** The latest event of the tags. */
  | { kind: 'version-tags'; event: ChampionEvent }
  | { kind: 'previous-alias'; version: string; problem: PreviousAliasProblem }
  | { kind: 'stages'; inProduction: readonly string[] }
  | { kind: 'version-unknown'; pods: readonly string[] }
  | { kind: 'workload-unwatched'; reason: string }
  | { kind: 'no-release' | 'no-ready-pods' | 'not-deployed' | 'champion-from-stage' | 'unverified' }

export type PreviousAliasProblem = 'same-as-champion' | 'unregistered' | 'quarantined' | 'demoted'
