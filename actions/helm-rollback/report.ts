import { UserError } from '../../src/domain/core/errors.ts'
import { capitalize, oneLine } from '../../src/domain/core/text.ts'
import type { RollbackRefusal } from '../../src/domain/release/rollback-decision.ts'
import {
  formatLiveVersion,
  liveOutputs,
  readLiveAfter,
  renderReleaseSummary,
} from '../../src/release/rollout/report.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Outputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { RollbackState } from './load-state.ts'

interface RollbackResult {
  outcome: Outputs<typeof contract>['outcome']
  /** A clause or a whole sentence. */
  reason: string
  shouldRetrain?: boolean
  /** Fails the step, whatever `on-refused` says. */
  shouldFail?: boolean
}

/** Ends the rollback. What is live afterwards is read from Helm and the pods, not inferred. */
export async function finish(
  { inputs, context, release, live: before, badVersion, evidence, notes }: RollbackState,
  { outcome, reason, shouldRetrain = false, shouldFail = false }: RollbackResult,
): Promise<Outcome<typeof contract>> {
  const hasChanged = outcome === 'rolled-back' || outcome === 'rollback-failed'
  const live = hasChanged ? await readLiveAfter(release, notes) : before
  const outputs = {
    outcome,
    'bad-model-version': badVersion,
    ...liveOutputs(live),
    reason: oneLine(reason),
    'retrain-advised': shouldRetrain ? ('true' as const) : ('false' as const),
    evidence: evidence?.folder ?? '',
    'evidence-name': evidence?.name ?? '',
  }
  const sentence = toSentence(reason)
  const fails = shouldFail || (outcome === 'refused' && inputs['on-refused'] === 'fail')
  const summary = renderReleaseSummary({
    title: `Rollback of ${inputs['model-name']}`,
    headline: fails ? undefined : sentence,
    rows: [
      ['outcome', outcome],
      ['bad version', badVersion || inputs['bad-model-version']],
      ['live now', formatLiveVersion(live)],
      ['revision', outputs['live-revision'] || 'none'],
      ['release', `${release.name} in namespace ${inputs.namespace}`],
      ['version read from', inputs['version-from']],
    ],
    notes,
    evidence: evidence?.evidence,
  })
  if (fails) return { outputs, summary, failure: new UserError(sentence) }
  context.log[shouldRetrain ? 'warning' : 'info'](`${outcome}: ${sentence}`)
  return { outputs, summary }
}

function toSentence(text: string): string {
  const sentence = capitalize(text)
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

/** Why nothing is rolled back. */
export function refusalMessage(
  refusal: RollbackRefusal,
  badVersion: string,
  { release, 'rollback-window': windowMs }: { release: string; 'rollback-window': number },
): string {
  switch (refusal.reason) {
    case 'VersionUnknown':
      return `release ${release} serves an unknown version: neither its values nor its pods name one; check the input version-from`
    case 'NotLive':
      return `release ${release} serves version ${refusal.liveVersion}, not ${badVersion}`
    case 'NoPods':
      return `release ${release} runs no pods, so version ${badVersion} serves no requests and a rollback could not be verified`
    case 'LiveSinceUnknown':
      return `version ${badVersion} was neither promoted nor verified, so it is unknown since when it is live; run promote with adopt: true to record it`
    case 'FiredBeforePromotion':
      return `alert fired at ${refusal.firedAt}, before version ${badVersion} was promoted at ${refusal.liveSince}, so it refers to an earlier version`
    case 'WindowExceeded':
      return `version ${badVersion} has been live for ${formatAge(refusal.liveForMs)} (since ${refusal.liveSince}), longer than rollback-window (${formatAge(windowMs)}): it has drifted, so retrain it instead of rolling back`
    case 'NoTarget':
      return `release ${release} has no earlier verified revision with another version than ${badVersion}, so there is no rollback target; retrain the model`
    case 'TargetRejected': {
      const eligible = refusal.eligible.map((each) => `${each.revision} (version ${each.version})`)
      const causes = {
        'not-verified':
          'was never verified (helm-deploy and helm-rollback verify the revisions that they see serving)',
        'same-version': `also served version ${badVersion}`,
        'version-unknown': 'named no version',
        'rolled-back-or-other-model': 'was rolled back itself, or served another model',
      }
      return `Input to-revision: revision ${refusal.revision} of release ${release} ${causes[refusal.cause]}. Eligible revisions: ${eligible.join(', ') || 'none'}.`
    }
  }
}

const HOUR_MS = 3_600_000

/** "3 days", "26 hours", "5 minutes". */
function formatAge(milliseconds: number): string {
  if (milliseconds >= 96 * HOUR_MS) return `${Math.floor(milliseconds / (24 * HOUR_MS))} days`
  if (milliseconds >= 2 * HOUR_MS) return `${Math.floor(milliseconds / HOUR_MS)} hours`
  return `${Math.floor(milliseconds / 60_000)} minutes`
}
