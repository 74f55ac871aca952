import type { WorkflowResult } from '../act/index.ts'
import type { Reading } from './reading.ts'

/** One thing that a scene claims, and where the truth about it is read. */
export interface Claim {
  what: string
  expected: string
  seen: string
  from: string
}

export interface Scene {
  title: string
  /** The recipe that the user's commit asks for. */
  quality: string
  event: 'workflow_dispatch' | 'schedule' | 'repository_dispatch'
  claims(run: WorkflowResult, now: Reading, before: Reading): Claim[]
}

/** The way forward, once with each kind of trigger. */
export const scenes: readonly Scene[] = [
  {
    title: '1. A person starts the first training',
    quality: 'baseline',
    event: 'workflow_dispatch',
    claims: (run, now) => [
      workflow(run, 'green'),
      verdict(run, 'promote'),
      registry('champion', '1', now.champion),
      registry('versions', '1', now.versions),
      helm('1', now.release),
      pod('1', now.served),
      {
        what: 'run in the pod',
        expected: trainedRun(run),
        seen: now.servedRun,
        from: "the pod's /health",
      },
    ],
  },
  {
    title: '2. The schedule trains a better model',
    quality: 'better',
    event: 'schedule',
    claims: (run, now) => [
      workflow(run, 'green'),
      verdict(run, 'promote'),
      registry('champion', '2', now.champion),
      registry('previous', '1', now.previous),
      helm('2', now.release),
      pod('2', now.served),
      {
        what: 'run in the pod',
        expected: trainedRun(run),
        seen: now.servedRun,
        from: "the pod's /health",
      },
    ],
  },
  {
    title: '3. An alert trains a worse model',
    quality: 'worse',
    event: 'repository_dispatch',
    claims: (run, now, before) => [
      workflow(run, 'green'),
      verdict(run, 'reject'),
      {
        what: 'the summary says why',
        expected: 'yes',
        seen: saysWhy(run),
        from: 'the summary of gatekeeper',
      },
      registry('champion', '2', now.champion),
      registry('previous', '1', now.previous),
      registry('versions', '1 2', now.versions),
      { what: 'revision', expected: before.revision, seen: now.revision, from: 'helm history' },
      pod('2', now.served),
    ],
  },
  {
    title: '4. The schedule trains a model that cannot start',
    quality: 'broken',
    event: 'schedule',
    claims: (run, now) => [
      workflow(run, 'red'),
      verdict(run, 'promote'),
      {
        what: 'outcome',
        expected: 'rolled-back',
        seen: deploying(run)?.outputs.outcome ?? 'none',
        from: 'outputs of helm-deploy',
      },
      {
        what: 'the summary has the evidence',
        expected: 'yes',
        seen: showsEvidence(run),
        from: 'the summary of helm-deploy',
      },
      {
        what: 'its version is marked',
        expected: 'yes',
        seen: isMarked(now),
        from: 'tags in the MLflow registry',
      },
      registry('champion', '2', now.champion),
      registry('previous', '1', now.previous),
      helm('2', now.release),
      pod('2', now.served),
    ],
  },
]

const workflow = (run: WorkflowResult, expected: string): Claim => ({
  what: 'workflow run',
  expected,
  seen: run.exitCode === 0 ? 'green' : 'red',
  from: 'exit code of act',
})

const verdict = (run: WorkflowResult, expected: string): Claim => ({
  what: 'verdict',
  expected,
  seen: judging(run)?.outputs.verdict ?? 'none',
  from: 'outputs of gatekeeper',
})

/** The step that judged; undefined where the run did not get so far. */
const judging = (run: WorkflowResult) =>
  run.steps.find(({ id, stage }) => id === 'gatekeeper' && stage === 'Main')

/** Said by the step that trained, to be compared with what the pod's files say. */
const trainedRun = (run: WorkflowResult): string =>
  run.steps.find(({ id, stage }) => id === 'train' && stage === 'Main')?.outputs['run-id'] ?? 'no run'

const deploying = (run: WorkflowResult) =>
  run.steps.find(({ id, stage }) => id === 'deploy' && stage === 'Main')

/** The exception that the example's app dies of names a module that only the training has. */
const showsEvidence = (run: WorkflowResult): string => {
  const summary = deploying(run)?.summary ?? ''
  const missing = ['CrashLoopBackOff', 'serve', 'centring'].filter((word) => !summary.includes(word))
  return missing.length === 0 ? 'yes' : `no word of ${missing.join(', ')}`
}

/** Files that crashed are quarantined: their own fault. */
const isMarked = ({ newestTags }: Reading): string => {
  const missing = ['retrain.deploy-failed', 'retrain.quarantined', 'retrain.run-url'].filter(
    (tag) => !newestTags[tag],
  )
  return missing.length === 0 ? 'yes' : `without ${missing.join(', ')}`
}

const saysWhy = (run: WorkflowResult): string => {
  const step = judging(run)
  const reason = step?.outputs.reason ?? ''
  // The summary makes markup plain, so it is compared by the words alone.
  const words = (text: string) =>
    text
      .replace(/&#\d+;/g, ' ')
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(' ') ?? ''
  return reason !== '' && words(step?.summary ?? '').includes(words(reason))
    ? 'yes'
    : `no: ${step?.summary || 'no summary'}`
}

const registry = (what: string, expected: string, seen: string): Claim => ({
  what,
  expected,
  seen,
  from: 'MLflow registry',
})
const helm = (expected: string, seen: string): Claim => ({
  what: 'release',
  expected,
  seen,
  from: 'helm get values',
})
const pod = (expected: string, seen: string): Claim => ({
  what: 'served',
  expected,
  seen,
  from: "the pod's /health",
})
