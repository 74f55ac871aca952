import type { VersionRecord } from './champion.ts'
import { isDemoted, takenBack } from './demotion.ts'
import { otherLastWord } from './last-word.ts'
import { ledger } from './ledger.ts'
import { type Live, served } from './live.ts'
import { type Finding, type Reading, wrong } from './reconcile-reading.ts'
import { mirrorSteps } from './stages.ts'

/** What the registry says of its own champion, whatever is live. */
export function registryFindings(reading: Reading): Finding[] {
  const { champion } = reading
  if (champion.kind === 'none') return []
  if (champion.kind === 'unclear')
    return [
      wrong(
        'champion-unclear',
        `Nobody can say which version is champion: ${champion.why}.`,
        'Let reconcile set the alias where what is live was let through (repair: true); else a person must say so.',
      ),
    ]
  return [
    ...championFindings(reading, champion.version, champion.by),
    ...ledgerFindings(reading, champion.version.number),
    ...previousFindings(reading, champion.version.number),
    ...stageFindings(reading, champion.version.number, champion.by),
  ]
}

function championFindings(reading: Reading, version: VersionRecord, by: 'alias' | 'stage'): Finding[] {
  const { names, quarantined, unloadable, unlisted } = reading
  const { number } = version
  const it =
    by === 'alias'
      ? `Alias ${names.champion} points at version ${number}`
      : `Version ${number} is in stage Production`
  const broken = unloadable.get(number)
  const quarantine = quarantined.get(number)
  // Of a version that serves, quarantine and demotion are told as what they are: live.
  const serves = number === versionServed(reading.live)
  return [
    ...(broken === undefined
      ? []
      : [
          wrong(
            'champion-unloadable',
            `${it}, which ${broken}.`,
            'Restore its run or files, or deploy another version.',
          ),
        ]),
    ...(quarantine === undefined || serves
      ? []
      : [
          wrong(
            'champion-quarantined',
            `${it}, which is in quarantine: ${quarantine}.`,
            'Roll back (helm-rollback) and demote it, or clear it with promote and clear-quarantine.',
          ),
        ]),
    ...(quarantine !== undefined || serves || !isDemoted(version)
      ? []
      : [
          wrong(
            'champion-demoted',
            `${it}, which ${takenBack(version)}.`,
            'Promote the version that serves.',
          ),
        ]),
    ...(by === 'alias' ? [] : [byStage(names.champion, number)]),
    ...(unlisted.has(number) ? [unlistedFiles(it, unlisted.get(number))] : []),
  ]
}

function byStage(alias: string, number: string): Finding {
  return {
    kind: 'by-stage',
    weight: 'note',
    said: `There is no alias ${alias}; version ${number} is taken for the champion, since it is in stage Production.`,
    cure: 'Run promote with adopt: true, which sets the alias.',
  }
}

/** Files in a store that the server knows nothing of: they may well be there, and pods reach it. */
function unlistedFiles(it: string, why: string | undefined): Finding {
  return {
    kind: 'champion-unlisted',
    weight: 'note',
    said: `${it}, which ${why}.`,
    cure: 'Nothing to do, unless reconcile shall see whether the files are there: then register the version from the model that its run logged (models:/m-…).',
  }
}

function ledgerFindings({ versions, names }: Reading, champion: string): Finding[] {
  const said = otherLastWord(versions, champion)
  if (said === undefined) return []
  return [
    wrong(
      'ledger',
      `The last word of the ledger is that ${said}, but ${names.champion} is version ${champion}.`,
      'Someone moved the alias by hand: promote what is live, which writes it into the ledger.',
    ),
  ]
}

function previousFindings({ aliases, names, versions, quarantined }: Reading, champion: string): Finding[] {
  const number = aliases.get(names.previous)
  if (number === undefined) return []
  const version = versions.find((one) => one.number === number)
  const quarantine = quarantined.get(number)
  const why =
    number === champion
      ? `as ${names.champion} does`
      : !version
        ? 'which the registry does not list'
        : quarantine !== undefined
          ? `which is in quarantine: ${quarantine}`
          : isDemoted(version)
            ? `which was taken back on ${version.tags[ledger.demotedAt]}`
            : undefined
  if (why === undefined) return []
  return [
    wrong(
      'previous',
      `Alias ${names.previous} points at version ${number}, ${why}.`,
      'Let reconcile set it right (repair: true), or move it by hand to the last good champion.',
    ),
  ]
}

function stageFindings(
  { mirrored, versions, names }: Reading,
  champion: string,
  by: 'alias' | 'stage',
): Finding[] {
  if (!mirrored || by === 'stage') return []
  if (mirrorSteps(champion, [], versions).length === 0) return []
  const inProduction = versions.filter(({ stage }) => stage === 'Production').map(({ number }) => number)
  const says =
    inProduction.length === 0
      ? 'No version is in stage Production'
      : inProduction.length === 1
        ? `Version ${inProduction[0]} is in stage Production`
        : `Versions ${inProduction.join(' and ')} are all in stage Production`
  return [
    wrong(
      'stages',
      `${says}, but ${names.champion} is version ${champion}.`,
      'Let reconcile set the stages right (repair: true), or run promote with mirror-stages: true.',
    ),
  ]
}

function versionServed(live: Live | undefined): string | undefined {
  const serves = served(live?.pods ?? [])
  return serves.kind === 'one' ? serves.version : undefined
}
