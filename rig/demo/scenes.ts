import type { WorkflowResult } from '../act/index.ts'
import type { DemoEnvironment } from './environment.ts'
import {
  type Expectation,
  expectOutcome,
  expectOutputContains,
  expectPairedEvaluation,
  expectRegistry,
  expectRelease,
  expectServedRun,
  expectServedVersion,
  expectSummaryContains,
  expectTags,
  expectVerdict,
  expectWorkflow,
} from './expectations.ts'
import type { SystemState } from './system-state.ts'

export interface Scene {
  title: string
  /** What a user, or an alert, does. @returns the workflow runs that it started, in order */
  run(stage: DemoEnvironment): Promise<WorkflowResult[]>
  /** @param before what was true when the scene began */
  check(runs: WorkflowResult[], now: SystemState, before: SystemState): Expectation[]
}

/** Deployments, one for each kind of trigger. */
const deployScenes: readonly Scene[] = [
  {
    title: '1. A person starts the first training',
    run: async (stage) => [await stage.train('baseline', 'workflow_dispatch')],
    check: forSingleRun((run, now) => [
      expectWorkflow(run, 'green'),
      expectVerdict(run, 'promote'),
      expectRegistry('champion', '1', now.champion),
      expectRegistry('versions', '1', now.versions),
      expectRelease('1', now),
      expectServedVersion('1', now),
      expectServedRun(run, now),
    ]),
  },
  {
    title: '2. The schedule trains a better model',
    run: async (stage) => [await stage.train('better', 'schedule')],
    check: forSingleRun((run, now) => [
      expectWorkflow(run, 'green'),
      expectVerdict(run, 'promote'),
      expectPairedEvaluation(run),
      expectRegistry('champion', '2', now.champion),
      expectRegistry('previous', '1', now.previous),
      expectRelease('2', now),
      expectServedVersion('2', now),
      expectServedRun(run, now),
    ]),
  },
  {
    title: '3. An alert trains a worse model',
    run: async (stage) => [await stage.train('worse', 'repository_dispatch')],
    check: forSingleRun((run, now, before) => [
      expectWorkflow(run, 'green'),
      expectVerdict(run, 'reject'),
      expectPairedEvaluation(run),
      expectSummaryContains(run, 'gatekeeper', 'the summary says why', 'reject', 'worse by'),
      ...expectVersion2Live(now),
      expectRegistry('versions', '1 2', now.versions),
      { name: 'revision', expected: before.revision, actual: now.revision, source: 'helm history' },
    ]),
  },
  {
    title: '4. The schedule trains a model that 600 rows cannot tell from the live one',
    run: async (stage) => [await stage.train('alike', 'schedule')],
    check: forSingleRun((run, now, before) => [
      expectWorkflow(run, 'green'),
      expectVerdict(run, 'inconclusive'),
      expectPairedEvaluation(run),
      expectSummaryContains(
        run,
        'gatekeeper',
        'the summary says why',
        'too uncertain to tell whether',
        'rows would decide',
      ),
      ...expectVersion2Live(now),
      expectRegistry('versions', '1 2', now.versions),
      { name: 'revision', expected: before.revision, actual: now.revision, source: 'helm history' },
    ]),
  },
]

/** Rollbacks: a failed start, an alert, an alert that names another version, and quarantined files under a new number. */
const rollbackScenes: readonly Scene[] = [
  {
    title: '5. The schedule trains a model that cannot start',
    run: async (stage) => [await stage.train('broken', 'schedule')],
    check: forSingleRun((run, now) => [
      expectWorkflow(run, 'red'),
      expectVerdict(run, 'promote'),
      expectOutcome(run, 'deploy', 'rolled-back'),
      // The exception that the example's app dies of names a module that only the training has.
      expectSummaryContains(
        run,
        'deploy',
        'the summary has the evidence',
        'CrashLoopBackOff',
        'serve',
        'centring',
      ),
      expectTags(now, 'retrain.deploy-failed', 'retrain.quarantined', 'retrain.run-url'),
      ...expectVersion2Live(now),
    ]),
  },
  {
    title: '6. A model that passed the gate is bad in production',
    run: async (stage) => [await stage.train('leaky', 'schedule'), await stage.sendTraffic()],
    check: ([trained, answered], now) => [
      ...forSingleRun((run) => [
        expectWorkflow(run, 'green'),
        expectVerdict(run, 'promote'),
        expectOutcome(run, 'deploy', 'deployed'),
      ])([trained], now, now),
      ...forSingleRun((run) => [expectWorkflow(run, 'green'), expectOutcome(run, 'rollback', 'rolled-back')])(
        [answered],
        now,
        now,
      ),
      expectTags(now, 'retrain.quarantined', 'retrain.demoted-at', 'retrain.demoted-reason'),
      ...expectVersion2Live(now),
    ],
  },
  {
    title: '7. The same alert again, and one that names another version',
    run: async (stage) => [await stage.repeatAlert(), await stage.repeatAlert({ model_version: '1' })],
    check: ([same, other], now, before) => [
      ...forSingleRun((run) => [
        expectWorkflow(run, 'green'),
        expectOutputContains(run, 'rollback', 'reason', 'version 4'),
      ])([same], now, now),
      ...forSingleRun((run) => [
        expectWorkflow(run, 'green'),
        expectOutcome(run, 'rollback', 'refused'),
        expectOutputContains(run, 'rollback', 'reason', 'serves version 2, not 1'),
      ])([other], now, now),
      ...expectVersion2Live(now),
      { name: 'revision', expected: before.revision, actual: now.revision, source: 'helm history' },
    ],
  },
  {
    title: '8. The same bad model comes back from a new training',
    run: async (stage) => [await stage.train('leaky', 'workflow_dispatch')],
    check: forSingleRun((run, now) => [
      expectWorkflow(run, 'green'),
      expectVerdict(run, 'reject'),
      expectOutputContains(run, 'gatekeeper', 'reason', 'quarantined', 'version 4'),
      expectRegistry('versions', '1 2 3 4', now.versions),
      ...expectVersion2Live(now),
    ]),
  },
]

export const scenes: readonly Scene[] = [...deployScenes, ...rollbackScenes]

/** Checks the only run of a scene; a missing run fails as its own expectation. */
function forSingleRun(check: (run: WorkflowResult, now: SystemState, before: SystemState) => Expectation[]) {
  return ([run]: (WorkflowResult | undefined)[], now: SystemState, before: SystemState): Expectation[] =>
    run ? check(run, now, before) : [{ name: 'workflow run', expected: 'one', actual: 'none', source: 'act' }]
}

/** Version 2 is what it was since scene 2: champion, deployed and served. */
function expectVersion2Live(now: SystemState): Expectation[] {
  return [
    expectRegistry('champion', '2', now.champion),
    expectRegistry('previous', '1', now.previous),
    expectRelease('2', now),
    expectServedVersion('2', now),
  ]
}
