/** A part of the time that something may take at most. */
export interface Share {
  /** What it is for, after "to": "come up". */
  to: string
  /** Milliseconds. */
  atMost: number
}

/** Milliseconds for reading what there is, and for writing down what came of it. */
const READING = 60_000
/** Milliseconds for looking at pods, their logs and events before anything is undone. */
export const EVIDENCE = 60_000

/**
 * What a deployment may take once it holds the release: each part is bounded by itself, so all of it is by their sum.
 * @param timeout milliseconds for the new pods to come up, Helm's hooks among them, and again for the old ones, or, where
 *   there were none, to remove the new ones
 * @param more what else comes before it
 */
export function deploymentBudget(timeout: number, more: readonly Share[] = []): Share[] {
  return [...more, { to: 'come up', atMost: timeout }, ...rollbackBudget(timeout)]
}

/**
 * Milliseconds after which a helm that nobody's lease speaks of is taken for dead, whoever looks: longer than any
 * deployment of ours.
 */
export function helmAge(timeout: number): number {
  return total(deploymentBudget(timeout))
}

/** Milliseconds for which whoever else is at work, and alive, is waited for: mostly longer than a deployment takes. */
export function patienceOf(timeout: number): number {
  return 3 * timeout
}

/** Milliseconds for what a dead job had begun: to see how it stands, and a way back. */
export function rightingOf(wayBack: number): number {
  return EVIDENCE + wayBack
}

/** What comes before any work on a release. */
export function beforehand(timeout: number): Share[] {
  return [
    { to: 'wait for another job', atMost: patienceOf(timeout) },
    { to: 'put right what a dead one left', atMost: rightingOf(timeout) },
  ]
}

/** What it takes to look at a release and write down what it serves, once that is held. */
export function writingBudget(): Share[] {
  return [{ to: 'read and write down', atMost: READING }]
}

/** What a rollback may take once it holds the release. */
export function rollbackBudget(timeout: number): Share[] {
  return [{ to: 'save evidence', atMost: EVIDENCE }, { to: 'go back', atMost: timeout }, ...writingBudget()]
}

/** Milliseconds in all. */
export function total(shares: readonly Share[]): number {
  return shares.reduce((sum, { atMost }) => sum + atMost, 0)
}

/** "at most 12 min: 5 min to come up, 1 min to save evidence, ..." */
export function announcement(shares: readonly Share[]): string {
  const parts = shares
    .filter(({ atMost }) => atMost > 0)
    .map(({ to, atMost }) => `${inWords(atMost)} to ${to}`)
  return `at most ${inWords(total(shares))}: ${parts.join(', ')}`
}

/** 45 s, 5 min, 5 min 30 s; never less than it is. */
export function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  const rest = seconds % 60
  if (minutes === 0) return `${rest} s`
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
}
