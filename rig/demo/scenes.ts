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
  /** Acts as a user or an alert. @returns the workflow runs that it starts, in order */
  run(environment: DemoEnvironment): Promise<WorkflowResult[]>
  /** @param before the state when the scene starts */
  check(runs: WorkflowResult[], state: SystemState, before: SystemState): Expectation[]
}

/** Deployments, one for each kind of trigger. */
const deployScenes: readonly Scene[] = [
  {
    title: '1. An operator starts the first training',
    run: async (environment) => [await environment.train('baseline', 'workflow_dispatch')],
    check: forSingleRun((run, state) => [
      expectWorkflow(run, 'success'),
      expectVerdict(run, 'promote'),
      expectRegistry('champion', '1', state.champion),
      expectRegistry('versions', '1', state.versions),
      expectRelease('1', state),
      expectServedVersion('1', state),
      expectServedRun(run, state),
    ]),
  },
  {
    title: '2. The schedule trains a better model',
    run: async (environment) => [await environment.train('better', 'schedule')],
    check: forSingleRun((run, state) => [
      expectWorkflow(run, 'success'),
      expectVerdict(run, 'promote'),
      expectPairedEvaluation(run),
      expectRegistry('champion', '2', state.champion),
      expectRegistry('previous', '1', state.previous),
      expectRelease('2', state),
      expectServedVersion('2', state),
      expectServedRun(run, state),
    ]),
  },
  {
    title: '3. An alert trains a worse model',
    run: async (environment) => [await environment.train('worse', 'repository_dispatch')],
    check: forSingleRun((run, state, before) => [
      expectWorkflow(run, 'success'),
      expectVerdict(run, 'reject'),
      expectPairedEvaluation(run),
      expectSummaryContains(run, 'gatekeeper', 'the summary states the reason', 'reject', 'worse by'),
      ...expectVersion2Live(state),
      expectRegistry('versions', '1 2', state.versions),
      { name: 'revision', expected: before.revision, actual: state.revision, source: 'helm history' },
    ]),
  },
  {
    title: '4. The schedule trains a model too similar to decide on 600 rows',
    run: async (environment) => [await environment.train('alike', 'schedule')],
    check: forSingleRun((run, state, before) => [
      expectWorkflow(run, 'success'),
      expectVerdict(run, 'inconclusive'),
      expectPairedEvaluation(run),
      expectSummaryContains(
        run,
        'gatekeeper',
        'the summary states the reason',
        'too uncertain to tell whether',
        'rows would decide',
      ),
      ...expectVersion2Live(state),
      expectRegistry('versions', '1 2', state.versions),
      { name: 'revision', expected: before.revision, actual: state.revision, source: 'helm history' },
    ]),
  },
]

/** Rollbacks: a failed start, an alert, an alert for another version, and quarantined files under a new version. */
const rollbackScenes: readonly Scene[] = [
  {
    title: '5. The schedule trains a model that cannot start',
    run: async (environment) => [await environment.train('broken', 'schedule')],
    check: forSingleRun((run, state) => [
      expectWorkflow(run, 'failure'),
      expectVerdict(run, 'promote'),
      expectOutcome(run, 'deploy', 'rolled-back'),
      // The example's app crashes with an exception that names a module of the training code.
      expectSummaryContains(
        run,
        'deploy',
        'the summary contains the evidence',
        'CrashLoopBackOff',
        'serve',
        'centring',
      ),
      // The image lacks the module, so the version is not in quarantine.
      expectTags(state, 'retrain.deploy-failed', 'retrain.suspect', 'retrain.run-url'),
      ...expectVersion2Live(state),
    ]),
  },
  {
    title: '6. A model that passed the gate fails in production',
    run: async (environment) => [
      await environment.train('leaky', 'schedule'),
      await environment.sendTraffic(),
    ],
    check: ([trainRun, alertRun], state) => [
      ...forSingleRun((run) => [
        expectWorkflow(run, 'success'),
        expectVerdict(run, 'promote'),
        expectOutcome(run, 'deploy', 'deployed'),
      ])([trainRun], state, state),
      ...forSingleRun((run) => [
        expectWorkflow(run, 'success'),
        expectOutcome(run, 'rollback', 'rolled-back'),
      ])([alertRun], state, state),
      expectTags(state, 'retrain.quarantined', 'retrain.demoted-at', 'retrain.demoted-reason'),
      ...expectVersion2Live(state),
    ],
  },
  {
    title: '7. The alert repeats, and another alert names an old version',
    run: async (environment) => [
      await environment.repeatAlert(),
      await environment.repeatAlert({ model_version: '1' }),
    ],
    check: ([repeated, other], state, before) => [
      ...forSingleRun((run) => [
        expectWorkflow(run, 'success'),
        expectOutputContains(run, 'rollback', 'reason', 'version 4'),
      ])([repeated], state, state),
      ...forSingleRun((run) => [
        expectWorkflow(run, 'success'),
        expectOutcome(run, 'rollback', 'refused'),
        expectOutputContains(run, 'rollback', 'reason', 'serves version 2, not 1'),
      ])([other], state, state),
      ...expectVersion2Live(state),
      { name: 'revision', expected: before.revision, actual: state.revision, source: 'helm history' },
    ],
  },
  {
    title: '8. A new training reproduces the bad model',
    run: async (environment) => [await environment.train('leaky', 'workflow_dispatch')],
    check: forSingleRun((run, state) => [
      expectWorkflow(run, 'success'),
      expectVerdict(run, 'reject'),
      expectOutputContains(run, 'gatekeeper', 'reason', 'quarantined', 'version 4'),
      expectRegistry('versions', '1 2 3 4', state.versions),
      ...expectVersion2Live(state),
    ]),
  },
]

export const scenes: readonly Scene[] = [...deployScenes, ...rollbackScenes]

/** Checks the only run of a scene. A missing run is a failed expectation. */
function forSingleRun(
  check: (run: WorkflowResult, state: SystemState, before: SystemState) => Expectation[],
) {
  return ([run]: (WorkflowResult | undefined)[], state: SystemState, before: SystemState): Expectation[] =>
    run
      ? check(run, state, before)
      : [{ name: 'workflow run', expected: 'one', actual: 'none', source: 'act' }]
}

/** Version 2 is champion, deployed and served. */
function expectVersion2Live(state: SystemState): Expectation[] {
  return [
    expectRegistry('champion', '2', state.champion),
    expectRegistry('previous', '1', state.previous),
    expectRelease('2', state),
    expectServedVersion('2', state),
  ]
}
