import { capital } from '../../src/domain/capital.ts'
import { UserError } from '../../src/domain/failure.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import type { Evidence } from '../../src/domain/rollout-evidence.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Outputs } from '../../src/runtime/contract.ts'
import { plain, table } from '../../src/runtime/markdown.ts'
import { liveVersion } from '../helm-deploy/deployment.ts'
import { evidenceMarkdown } from '../helm-deploy/report.ts'
import type { contract } from './contract.ts'
import type { Case } from './survey.ts'

export interface End {
  outcome: Outputs<typeof contract>['outcome']
  bad: string
  /** A sentence without its full stop, or a whole one. */
  why: string
  retrain?: boolean | undefined
  evidence?: { evidence: Evidence; folder: string } | undefined
  /** Whether the step is to be red. */
  red?: boolean
}

/** The end of a rollback: what is live afterwards is read again from Helm and the pods, not concluded. */
export async function ended(
  { inputs, context, release, live: before, notes }: Case,
  { outcome, bad, why, retrain = false, evidence, red = false }: End,
): Promise<Outcome<typeof contract>> {
  const touched = outcome === 'rolled-back' || outcome === 'rollback-failed'
  const live = touched
    ? await release.live().catch((error: unknown) => {
        notes.push(`What is live afterwards could not be read: ${error}`)
        return undefined
      })
    : before
  const outputs = {
    outcome,
    'bad-model-version': bad,
    'live-model-version': liveVersion(live),
    'live-revision': live ? String(live.revision) : '',
    reason: oneLine(why),
    'retrain-advised': retrain ? ('true' as const) : ('false' as const),
    evidence: evidence?.folder ?? '',
  }
  const rows = [
    ['outcome', outcome],
    ['why', why],
    ['version to take back', bad || inputs['bad-model-version']],
    [
      'live now',
      outputs['live-model-version'] ? `version ${outputs['live-model-version']}` : 'no one version',
    ],
    ['revision', outputs['live-revision'] || 'none'],
    ['release', `${release.name} in namespace ${inputs.namespace}`],
    ['read from', inputs['version-from']],
  ].map((row) => row.map((cell) => plain(cell, 1000)))
  const summary = [
    `### Rollback of ${plain(inputs['model-name'])}`,
    table(['', ''], rows),
    notes.map((note) => `- ${plain(note, 600)}`).join('\n'),
    evidence ? evidenceMarkdown(evidence.evidence) : '',
  ]
    .filter(Boolean)
    .join('\n\n')
  if (red || (outcome === 'refused' && inputs['on-refused'] === 'fail'))
    return { outputs, summary, failure: new UserError(sentence(why)) }
  const say = retrain ? context.log.warning : context.log.info
  say(`${outcome}: ${sentence(why)}`)
  return { outputs, summary }
}

function sentence(text: string): string {
  const whole = capital(text)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
