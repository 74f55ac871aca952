import type { WatchEnd } from '../../src/adapters/kubernetes/watch.ts'
import { UserError } from '../../src/domain/failure.ts'
import { helmDiagnosis } from '../../src/domain/field-conflict.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Mark } from '../../src/domain/marks.ts'
import type { WayBack } from '../../src/domain/rollback-way.ts'
import { sentenceOf } from '../../src/domain/rollout-failure.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import { lookAt, saveEvidence } from '../helm-deploy/evidence.ts'
import { goBack, markFound, markNewest, messageOf } from '../helm-deploy/rolling.ts'
import type { contract } from './contract.ts'
import { type End, ended } from './ended.ts'
import type { Case } from './survey.ts'

/** Evidence first, then Helm, then our own watch; the mark comes only after the pods were seen serving. */
export async function goBackTo(found: Case, bad: string, target: Mark): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, history, live } = found
  const evidence = await evidenceOf(found, bad)
  // So that a run after this one knows what the release went away from, whoever had deployed it.
  await markFound(release, { live, history, marks: await release.marks(), digest: '' })
  const last = (await release.history()).at(-1)?.revision
  if (last !== history.at(-1)?.revision)
    return ended(found, {
      outcome: 'refused',
      bad,
      why: `someone else changed release ${release.name} in the meantime: its last revision is ${last ?? 'gone'} now; run this again`,
      evidence,
    })
  const { revision, version } = target
  const path = `from version ${bad} back to version ${version} (revision ${revision})`
  context.log.info(`${release.name}: ${path}`)
  await found.held.underway({ ...begun(found), version, before: last ?? 0, backTo: revision })
  context.saveState('rollback', bad)
  const end = await goBack(release, revision, version, inputs.timeout).catch(broken)
  return proven(found, end, { bad, path, mark: target, evidence })
}

/** An earlier run went back, and nobody knows yet whether that came up. */
export async function finish(found: Case, bad: string, way: WayBack): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, versions } = found
  const { version, revision } = way
  const own = { before: revision - 1, own: revision, backTo: revision }
  await found.held.underway({ ...begun(found), version: version ?? '', ...own })
  context.saveState('rollback', bad)
  const path = `from version ${bad} back to version ${version ?? '(unnamed)'} (now revision ${revision})`
  const tags = versions.find(({ number }) => number === version)?.tags
  const digest = tags?.[ledger.artifactDigest] ?? ''
  const mark = { model: inputs['model-name'], version: version ?? '', digest }
  const watched = release.watch(version, Date.now() + inputs.timeout).catch(broken)
  return watched.then((end) => proven(found, end, { bad, path, mark }))
}

function begun({ release, inputs }: Case) {
  return { release: release.name, namespace: inputs.namespace, first: false }
}

type Failed = Extract<WatchEnd, { kind: 'failed' }> & { unfinished?: boolean }
type Ended = Exclude<WatchEnd, { kind: 'failed' }> | Failed

interface Way extends Pick<End, 'bad' | 'evidence'> {
  /** From which version to which, in words. */
  path: string
  mark: Pick<Mark, 'model' | 'version' | 'digest'>
}

async function proven(found: Case, end: Ended, { bad, path, mark, evidence }: Way) {
  const { context, release, notes, held } = found
  const conclude = (outcome: End['outcome'], why: string) =>
    ended(found, { outcome, bad, why, evidence, red: outcome === 'rollback-failed' })
  if (end.kind === 'failed') {
    const { cancelled } = context
    if (cancelled.aborted || end.unfinished) {
      held.leave()
      const why = cancelled.aborted ? 'the job was cancelled' : sentenceOf(end.diagnosis)
      return conclude(
        'rollback-failed',
        `${why}, while release ${release.name} went ${path}; the post step sees to it`,
      )
    }
    context.saveState('rollback', '')
    return conclude(
      'rollback-failed',
      `ROLLBACK FAILED, release ${release.name} needs a person now: on its way ${path} it does not come up: ${sentenceOf(end.diagnosis)}. Look at its pods, then run "helm rollback ${release.name} REVISION" with a revision that was good`,
    )
  }
  await markNewest(release, { ...mark, run: context.run.url }).catch((error: unknown) => {
    notes.push(`That revision was seen good could not be written down: ${messageOf(error)}`)
  })
  context.saveState('rollback', '')
  return conclude('rolled-back', `release ${release.name} went ${path}, which serves`)
}

async function evidenceOf({ inputs, context, release }: Case, bad: string) {
  const { namespace, 'model-name': model, 'evidence-logs': logs } = inputs
  const suspect = { namespace, model, version: bad, ...(await lookAt(release, bad)), logs }
  return saveEvidence(release, suspect, context.temp)
}

/** What was not refused, but broke off, may do better a minute later: no way back that failed, but one that is unfinished. */
function broken(error: unknown): Failed {
  const unfinished = !(error instanceof UserError)
  return { kind: 'failed', diagnosis: helmDiagnosis(error), observation: undefined, unfinished }
}
