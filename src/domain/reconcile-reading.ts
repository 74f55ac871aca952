import type { CurrentChampion, VersionRecord } from './champion.ts'
import type { Revision } from './history.ts'
import type { Live } from './live.ts'
import type { Mark } from './marks.ts'

/** Everything that has a say in which version of a model is live, read at one moment. */
export interface Reading {
  model: string
  release: string
  /** Names of the two aliases. */
  names: { champion: string; previous: string }
  /** Milliseconds since 1970. */
  now: number
  /** Milliseconds that a pending revision of an unknown helm may be at work. */
  budget: number
  /** Whether stages are to say what the alias says. */
  mirrored: boolean
  /** Alias to version number. */
  aliases: ReadonlyMap<string, string>
  versions: readonly VersionRecord[]
  champion: CurrentChampion<VersionRecord>
  /** Why versions cannot be counted on to load, as the end of a sentence; those that were looked at. */
  unloadable: ReadonlyMap<string, string>
  /** Why nobody here can say whether versions load, likewise: the server does not list their files. */
  unlisted: ReadonlyMap<string, string>
  /** Why versions may not serve, by their own tag or that of the same files; those that were looked at. */
  quarantined: ReadonlyMap<string, string>
  history: readonly Revision[]
  marks: readonly Mark[]
  /** Undefined where no revision is deployed. */
  live: Live | undefined
  /** Who holds the release's lease. */
  holder: Holder | undefined
}

export interface Holder {
  /** For people: "helm-deploy of https://… (since …)". */
  words: string
  alive: boolean
  /** What it left undone, as the end of a sentence about it, where it is dead; undefined where nothing. */
  left: string | undefined
}

/**
 * What a finding makes of the whole. `busy`: someone is at work, so nothing can be said now. `wrong`: two who should
 * agree do not. `unknown`: it cannot be seen. `note`: worth telling, and no disagreement.
 */
export type Weight = 'busy' | 'wrong' | 'unknown' | 'note'

export interface Finding {
  kind: FindingKind
  weight: Weight
  /** A whole sentence: who says what. */
  said: string
  /** A whole sentence: what to do. */
  cure: string
}

/** Every kind of finding, the gravest first. */
export const FINDING_KINDS = [
  'under-way',
  'left-behind',
  'stuck',
  'other-model',
  'live-quarantined',
  'pods-differ',
  'values-and-pods',
  'champion-unclear',
  'no-release',
  'gone-back',
  'no-alias',
  'alias-and-release',
  'champion-quarantined',
  'champion-demoted',
  'champion-unloadable',
  'live-unregistered',
  'live-demoted',
  'live-unjudged',
  'ledger',
  'previous',
  'stages',
  'no-pod',
  'unnamed',
  'nothing',
  'by-stage',
  'champion-unlisted',
  'never-seen-good',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

/** Two who should agree do not. */
export function wrong(kind: FindingKind, said: string, cure: string): Finding {
  return { kind, weight: 'wrong', said, cure }
}
