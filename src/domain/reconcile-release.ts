import { capital } from './capital.ts'
import { isDemoted, takenBack } from './demotion.ts'
import { noneDeployed } from './history.ts'
import { type Served, served } from './live.ts'
import { validMarks } from './marks.ts'
import { whyNotEntitled } from './reconcile-entitled.ts'
import { type Finding, type Reading, wrong } from './reconcile-reading.ts'

const ADOPT = 'Run promote with adopt: true, which records what is live as champion.'
const DEPLOY = 'Deploy the version that shall be live (helm-deploy), then promote it.'

/** What values, pods and alias say of each other, and what the registry says of the version that serves. */
export function releaseFindings(reading: Reading): Finding[] {
  const { live, release, champion, model } = reading
  const says = championSays(reading)
  if (!live) {
    const none = noneDeployed(release, reading.history)
    if (says === undefined && champion.kind === 'none')
      return [
        {
          kind: 'nothing',
          weight: 'unknown',
          said: `Nothing is in production: ${model} has no champion, and ${none}.`,
          cure: 'Nothing to do before the first model is live.',
        },
      ]
    return says === undefined
      ? []
      : [wrong('no-release', `${says}, but ${none}, so nothing is known to serve it.`, DEPLOY)]
  }
  const where = `revision ${live.revision} of release ${release}`
  if (live.releaseModel !== undefined && live.releaseModel !== model)
    return [
      wrong(
        'other-model',
        `${capital(where)} serves the model ${live.releaseModel}, not ${model}.`,
        'Name the release of this model, or the model of this release.',
      ),
    ]
  const serves = served(live.pods)
  return [
    ...podFindings(reading, serves, where),
    ...aliasFindings(reading, serves, where),
    ...versionFindings(reading, serves, where),
    ...markFindings(reading, where),
  ]
}

function podFindings({ live, release }: Reading, serves: Served, where: string): Finding[] {
  if (!live) return []
  if (serves.kind === 'nothing')
    return [
      {
        kind: 'no-pod',
        weight: 'unknown',
        said: `No pod of ${live.workload} is ready, so what ${where} serves is unknown.`,
        cure: 'If it is not scaled to zero on purpose, see why its pods do not come up.',
      },
    ]
  if (serves.kind === 'unnamed')
    return [
      {
        kind: 'unnamed',
        weight: 'unknown',
        said: `By ${live.proof}, ${serves.pods.join(', ')} of release ${release} name no version.`,
        cure: 'Say in version-from where the pods name their version.',
      },
    ]
  if (serves.kind === 'several')
    return [
      wrong(
        'pods-differ',
        `The ready pods of ${where} serve versions ${serves.versions.join(' and ')}.`,
        'If no rollout is under way, see why the old pods are not replaced.',
      ),
    ]
  if (live.releaseVersion === undefined || live.releaseVersion === serves.version) return []
  return [
    wrong(
      'values-and-pods',
      `The values of ${where} say version ${live.releaseVersion}, its ready pods serve ${serves.version}.`,
      'Someone changed the workload past Helm: deploy again.',
    ),
  ]
}

function aliasFindings(reading: Reading, serves: Served, where: string): Finding[] {
  const { live, names, champion } = reading
  if (champion.kind === 'none')
    return [
      wrong(
        'no-alias',
        `There is no alias ${names.champion}, but ${where} is live with ${worded(liveVersion(reading, serves))}.`,
        ADOPT,
      ),
    ]
  const says = championSays(reading)
  if (champion.kind !== 'version' || says === undefined) return []
  const { number } = champion.version
  if (live?.releaseVersion !== undefined)
    return live.releaseVersion === number
      ? []
      : [disagree(`${says}, the values of ${where} say version ${live.releaseVersion}`, serves)]
  return serves.kind !== 'one' || serves.version === number
    ? []
    : [disagree(`${says}, the ready pods of ${where} serve version ${serves.version}`, undefined)]
}

function disagree(words: string, serves: Served | undefined): Finding {
  const too = serves?.kind === 'one' ? `, and its ready pods serve ${serves.version}` : ''
  return wrong(
    'alias-and-release',
    `${words}${too}.`,
    'Let reconcile move the alias (repair: true), or promote what is live, or deploy what the alias says.',
  )
}

function versionFindings(reading: Reading, serves: Served, where: string): Finding[] {
  const number = liveVersion(reading, serves)
  if (number === undefined) return []
  const it = `version ${number}, which ${where} ${serves.kind === 'one' ? 'serves' : 'names'}`
  const version = reading.versions.find((one) => one.number === number)
  if (!version)
    return [
      wrong(
        'live-unregistered',
        `The registry does not know ${it}.`,
        `Check tracking-uri and workspace. ${DEPLOY}`,
      ),
    ]
  const quarantine = reading.quarantined.get(number)
  if (quarantine !== undefined)
    return [
      wrong(
        'live-quarantined',
        `${capital(it)}, is in quarantine: ${quarantine}.`,
        'Roll it back (helm-rollback), or clear it with promote and clear-quarantine.',
      ),
    ]
  if (isDemoted(version))
    return [
      wrong(
        'live-demoted',
        `${capital(it)}, ${takenBack(version)}.`,
        'Roll it back (helm-rollback), or promote it again if it may serve.',
      ),
    ]
  const why = whyNotEntitled(version)
  return why === undefined
    ? []
    : [wrong('live-unjudged', `${capital(it)}, ${why}.`, `Let gatekeeper judge it, or record it: ${ADOPT}`)]
}

function markFindings({ live, marks, history }: Reading, where: string): Finding[] {
  if (validMarks(marks, history).some(({ revision }) => revision === live?.revision)) return []
  return [
    {
      kind: 'never-seen-good',
      weight: 'note',
      said: `No job of this suite has seen ${where} come up.`,
      cure: 'Nothing to do: the next helm-deploy takes it for good if it finds all its pods ready.',
    },
  ]
}

/** Who is champion, and who says so: the alias, or where there is none, the stage. */
function championSays({ champion, names }: Reading): string | undefined {
  if (champion.kind !== 'version') return undefined
  const who = champion.by === 'alias' ? `Alias ${names.champion}` : 'Stage Production'
  return `${who} says version ${champion.version.number}`
}

function liveVersion({ live }: Reading, serves: Served): string | undefined {
  return serves.kind === 'one' ? serves.version : live?.releaseVersion
}

function worded(version: string | undefined): string {
  return version === undefined ? 'a version that nothing names' : `version ${version}`
}
