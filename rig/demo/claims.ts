import type { StepRun, WorkflowResult } from '../act/index.ts'
import type { Reading } from './reading.ts'

/** One thing that a scene claims, and where the truth about it is read. */
export interface Claim {
  what: string
  expected: string
  seen: string
  from: string
}

/** A step of a run by its id; undefined where the run did not get so far. */
export const stepOf = (run: WorkflowResult, id: string): StepRun | undefined =>
  run.steps.find((step) => step.id === id && step.stage === 'Main')

const output = (run: WorkflowResult, id: string, name: string): string =>
  stepOf(run, id)?.outputs[name] || 'none'

export const workflow = (run: WorkflowResult, expected: 'green' | 'red'): Claim => ({
  what: 'workflow run',
  expected,
  seen: run.exitCode === 0 ? 'green' : 'red',
  from: 'exit code of act',
})

export const verdict = (run: WorkflowResult, expected: string): Claim => ({
  what: 'verdict',
  expected,
  seen: output(run, 'gatekeeper', 'verdict'),
  from: 'outputs of gatekeeper',
})

/** Both models were scored on the rows of one holdout, rather than compared by what their runs had logged. */
export const onRows = (run: WorkflowResult): Claim => ({
  what: 'judged on',
  expected: 'same-rows',
  seen: output(run, 'gatekeeper', 'judged-on'),
  from: 'outputs of gatekeeper',
})

/** @param id the step: `deploy` or `rollback` */
export const outcome = (run: WorkflowResult, id: string, expected: string): Claim => ({
  what: 'outcome',
  expected,
  seen: output(run, id, 'outcome'),
  from: `outputs of ${id === 'deploy' ? 'helm-deploy' : id}`,
})

export const registry = (what: string, expected: string, seen: string): Claim => ({
  what,
  expected,
  seen,
  from: 'MLflow registry',
})

export const release = (expected: string, now: Reading): Claim => ({
  what: 'release',
  expected,
  seen: now.release,
  from: 'helm get values',
})

export const served = (expected: string, now: Reading): Claim => ({
  what: 'served',
  expected,
  seen: now.served,
  from: "the pod's /health",
})

/** The files in the pod come from the run that this workflow trained. */
export const servedRun = (run: WorkflowResult, now: Reading): Claim => ({
  what: 'run in the pod',
  expected: output(run, 'train', 'run-id'),
  seen: now.servedRun,
  from: "the pod's /health",
})

/** A step's reason holds these words, and its summary or the step itself says it to people. */
export const says = (run: WorkflowResult, id: string, name: string, ...wanted: string[]): Claim => {
  const text = output(run, id, name)
  const missing = wanted.filter((word) => !text.includes(word))
  return {
    what: `the ${name} says why`,
    expected: 'yes',
    seen: missing.length === 0 ? 'yes' : `no word of ${missing.join(', ')} in: ${text}`,
    from: `outputs of ${id}`,
  }
}

/** The summary of a step holds these words. */
export const shows = (run: WorkflowResult, id: string, what: string, ...wanted: string[]): Claim => {
  const summary = stepOf(run, id)?.summary ?? ''
  const missing = wanted.filter((word) => !summary.includes(word))
  return {
    what,
    expected: 'yes',
    seen: missing.length === 0 ? 'yes' : `no word of ${missing.join(', ')}`,
    from: `the summary of ${id}`,
  }
}

/** The newest version carries these tags. */
export const marked = ({ newestTags }: Reading, ...tags: string[]): Claim => {
  const missing = tags.filter((tag) => !newestTags[tag])
  return {
    what: 'its version is marked',
    expected: 'yes',
    seen: missing.length === 0 ? 'yes' : `without ${missing.join(', ')}`,
    from: 'tags in the MLflow registry',
  }
}
