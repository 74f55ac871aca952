import type { WorkflowResult } from '../act/index.ts'
import {
  type Claim,
  marked,
  onRows,
  outcome,
  registry,
  release,
  says,
  served,
  servedRun,
  shows,
  verdict,
  workflow,
} from './claims.ts'
import type { Reading } from './reading.ts'
import type { Stage } from './stage.ts'

export interface Scene {
  title: string
  /** What a user, or an alert, does. @returns the workflow runs that it started, in order */
  happen(stage: Stage): Promise<WorkflowResult[]>
  /** @param before what was true when the scene began */
  claims(runs: WorkflowResult[], now: Reading, before: Reading): Claim[]
}

/** The way forward, once with each kind of trigger. */
const forward: readonly Scene[] = [
  {
    title: '1. A person starts the first training',
    happen: async (stage) => [await stage.train('baseline', 'workflow_dispatch')],
    claims: each((run, now) => [
      workflow(run, 'green'),
      verdict(run, 'promote'),
      registry('champion', '1', now.champion),
      registry('versions', '1', now.versions),
      release('1', now),
      served('1', now),
      servedRun(run, now),
    ]),
  },
  {
    title: '2. The schedule trains a better model',
    happen: async (stage) => [await stage.train('better', 'schedule')],
    claims: each((run, now) => [
      workflow(run, 'green'),
      verdict(run, 'promote'),
      onRows(run),
      registry('champion', '2', now.champion),
      registry('previous', '1', now.previous),
      release('2', now),
      served('2', now),
      servedRun(run, now),
    ]),
  },
  {
    title: '3. An alert trains a worse model',
    happen: async (stage) => [await stage.train('worse', 'repository_dispatch')],
    claims: each((run, now, before) => [
      workflow(run, 'green'),
      verdict(run, 'reject'),
      onRows(run),
      shows(run, 'gatekeeper', 'the summary says why', 'reject', 'worse by'),
      ...unmoved(now),
      registry('versions', '1 2', now.versions),
      { what: 'revision', expected: before.revision, seen: now.revision, from: 'helm history' },
    ]),
  },
  {
    title: '4. The schedule trains a model that 600 rows cannot tell from the live one',
    happen: async (stage) => [await stage.train('alike', 'schedule')],
    claims: each((run, now, before) => [
      workflow(run, 'green'),
      verdict(run, 'inconclusive'),
      onRows(run),
      shows(run, 'gatekeeper', 'the summary says why', 'cannot tell whether', 'rows would'),
      ...unmoved(now),
      registry('versions', '1 2', now.versions),
      { what: 'revision', expected: before.revision, seen: now.revision, from: 'helm history' },
    ]),
  },
]

/** The way back: a failed start, an alert, what an alert may not do, and files that come back under a new number. */
const back: readonly Scene[] = [
  {
    title: '5. The schedule trains a model that cannot start',
    happen: async (stage) => [await stage.train('broken', 'schedule')],
    claims: each((run, now) => [
      workflow(run, 'red'),
      verdict(run, 'promote'),
      outcome(run, 'deploy', 'rolled-back'),
      // The exception that the example's app dies of names a module that only the training has.
      shows(run, 'deploy', 'the summary has the evidence', 'CrashLoopBackOff', 'serve', 'centring'),
      marked(now, 'retrain.deploy-failed', 'retrain.quarantined', 'retrain.run-url'),
      ...unmoved(now),
    ]),
  },
  {
    title: '6. A model that passed the gate is bad in production',
    happen: async (stage) => [await stage.train('leaky', 'schedule'), await stage.traffic()],
    claims: ([trained, answered], now) => [
      ...each((run) => [workflow(run, 'green'), verdict(run, 'promote'), outcome(run, 'deploy', 'deployed')])(
        [trained],
        now,
        now,
      ),
      ...each((run) => [workflow(run, 'green'), outcome(run, 'rollback', 'rolled-back')])(
        [answered],
        now,
        now,
      ),
      marked(now, 'retrain.quarantined', 'retrain.demoted-at', 'retrain.demoted-reason'),
      ...unmoved(now),
    ],
  },
  {
    title: '7. The same alert again, and one that names another version',
    happen: async (stage) => [await stage.alertAgain(), await stage.alertAgain({ model_version: '1' })],
    claims: ([same, other], now, before) => [
      ...each((run) => [workflow(run, 'green'), says(run, 'rollback', 'reason', 'version 4')])(
        [same],
        now,
        now,
      ),
      ...each((run) => [
        workflow(run, 'green'),
        outcome(run, 'rollback', 'refused'),
        says(run, 'rollback', 'reason', 'serves version 2, not 1'),
      ])([other], now, now),
      ...unmoved(now),
      { what: 'revision', expected: before.revision, seen: now.revision, from: 'helm history' },
    ],
  },
  {
    title: '8. The same bad model comes back from a new training',
    happen: async (stage) => [await stage.train('leaky', 'workflow_dispatch')],
    claims: each((run, now) => [
      workflow(run, 'green'),
      verdict(run, 'reject'),
      says(run, 'gatekeeper', 'reason', 'quarantined', 'version 4'),
      registry('versions', '1 2 3 4', now.versions),
      ...unmoved(now),
    ]),
  },
]

export const scenes: readonly Scene[] = [...forward, ...back]

/** Claims about a scene's one run; that there was one is a claim of its own. */
function each(claims: (run: WorkflowResult, now: Reading, before: Reading) => Claim[]) {
  return ([run]: (WorkflowResult | undefined)[], now: Reading, before: Reading): Claim[] =>
    run ? claims(run, now, before) : [{ what: 'workflow run', expected: 'one', seen: 'none', from: 'act' }]
}

/** Version 2 is what it was since scene 2: champion, deployed and served. */
function unmoved(now: Reading): Claim[] {
  return [
    registry('champion', '2', now.champion),
    registry('previous', '1', now.previous),
    release('2', now),
    served('2', now),
  ]
}
