import { ledger } from '../../src/domain/ledger.ts'
import { served } from '../../src/domain/live.ts'
import { validMarks } from '../../src/domain/marks.ts'
import type { Judgement } from '../../src/domain/reconcile.ts'
import type { Finding } from '../../src/domain/reconcile-reading.ts'
import { plain, table } from '../../src/runtime/markdown.ts'
import type { Look } from './reading.ts'
import type { Repaired } from './repairing.ts'

/** Makes outside text plain for where it is shown: a job's page, or an issue. */
export type Plain = (text: string, longest?: number) => string

const HEADLINES = {
  true: 'registry, release and pods agree',
  false: 'registry, release and pods disagree',
  unknown: 'whether registry, release and pods agree is not known',
}

export interface Told {
  found: Look
  judgement: Judgement
  repair: Repaired | undefined
  /** What else to say, as sentences. */
  notes: readonly string[]
}

export function summaryOf({ found, judgement, repair, notes }: Told): string {
  const lines = [...(repair?.done ?? []), ...(repair?.refused ? [repair.refused] : []), ...notes]
  return [
    `### ${plain(found.model)}: ${HEADLINES[judgement.consistent]}`,
    whoSaysWhat(found, plain),
    judgement.findings.length > 0 ? findingTable(judgement.findings, plain) : '',
    lines.map((line) => `- ${plain(line, 1000)}`).join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n')
}

export function findingTable(findings: readonly Finding[], text: Plain): string {
  return table(
    ['finding', 'what to do'],
    findings.map(({ said, cure }) => [text(said, 600), text(cure, 600)]),
  )
}

/** Everybody who has a say, and what they say. */
export function whoSaysWhat(found: Look, text: Plain): string {
  const { names, aliases, live, history, marks, holder, release } = found
  const version = (number: string | undefined) => (number === undefined ? 'none' : `version ${number}`)
  const staged = found.versions.filter(({ stage }) => stage === 'Production').map(({ number }) => number)
  const ready = live?.pods.filter((pod) => pod.ready).length
  const mark = validMarks(marks, history).find(({ revision }) => revision === live?.revision)
  const rows = [
    [`alias ${names.champion}`, version(aliases.get(names.champion))],
    [`alias ${names.previous}`, version(aliases.get(names.previous))],
    ...(staged.length > 0 ? [['stage Production', `version ${staged.join(', ')}`]] : []),
    ['ledger', lastPromoted(found)],
    [
      live ? `values of revision ${live.revision} of ${release}` : `release ${release}`,
      live ? version(live.releaseVersion) : 'no deployed revision',
    ],
    ...(live ? [[`ready pods (${ready} of ${live.pods.length}, by ${live.proof})`, podsSay(found)]] : []),
    ...(live ? [['seen good', mark ? `${mark.provenAt}` : 'never by a job of this suite']] : []),
    ...(holder ? [['lease', `${holder.words}, ${holder.alive ? 'at work' : 'dead'}`]] : []),
  ]
  return table(
    ['who', 'says'],
    rows.map((row) => row.map((cell) => text(cell))),
  )
}

function podsSay({ live }: Look): string {
  const serves = served(live?.pods ?? [])
  if (serves.kind === 'one') return `version ${serves.version}`
  if (serves.kind === 'several') return `versions ${serves.versions.join(' and ')}`
  return serves.kind === 'unnamed' ? 'no version' : 'nothing: no pod is ready'
}

function lastPromoted({ versions }: Look): string {
  const promoted = versions
    .flatMap(({ number, tags }) => {
      const at = tags[ledger.promotedAt]
      return at === undefined ? [] : [{ number, at }]
    })
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
  const [last] = promoted
  return last ? `version ${last.number} was promoted last, on ${last.at}` : 'nothing was promoted'
}
