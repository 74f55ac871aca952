import type { StepRun, WorkflowResult } from '../act/index.ts'
import type { SystemState } from './system-state.ts'

/** One thing that a scene claims, and where the truth about it is read. */
export interface Expectation {
  name: string
  expected: string
  actual: string
  source: string
}

/** A step of a run by its id; undefined where the run did not get so far. */
export const findStep = (run: WorkflowResult, id: string): StepRun | undefined =>
  run.steps.find((step) => step.id === id && step.stage === 'Main')

const readOutput = (run: WorkflowResult, id: string, name: string): string =>
  findStep(run, id)?.outputs[name] || 'none'

export const expectWorkflow = (run: WorkflowResult, expected: 'green' | 'red'): Expectation => ({
  name: 'workflow run',
  expected,
  actual: run.exitCode === 0 ? 'green' : 'red',
  source: 'exit code of act',
})

export const expectVerdict = (run: WorkflowResult, expected: string): Expectation => ({
  name: 'verdict',
  expected,
  actual: readOutput(run, 'gatekeeper', 'verdict'),
  source: 'outputs of gatekeeper',
})

/** Both models were scored on the rows of one holdout, rather than compared by what their runs had logged. */
export const expectPairedEvaluation = (run: WorkflowResult): Expectation => ({
  name: 'evaluation basis',
  expected: 'paired',
  actual: readOutput(run, 'gatekeeper', 'evaluation-basis'),
  source: 'outputs of gatekeeper',
})

/** @param id the step: `deploy` or `rollback` */
export const expectOutcome = (run: WorkflowResult, id: string, expected: string): Expectation => ({
  name: 'outcome',
  expected,
  actual: readOutput(run, id, 'outcome'),
  source: `outputs of ${id === 'deploy' ? 'helm-deploy' : id}`,
})

export const expectRegistry = (what: string, expected: string, seen: string): Expectation => ({
  name: what,
  expected,
  actual: seen,
  source: 'MLflow registry',
})

export const expectRelease = (expected: string, now: SystemState): Expectation => ({
  name: 'release',
  expected,
  actual: now.release,
  source: 'helm get values',
})

export const expectServedVersion = (expected: string, now: SystemState): Expectation => ({
  name: 'served',
  expected,
  actual: now.served,
  source: "the pod's /health",
})

/** The files in the pod come from the run that this workflow trained. */
export const expectServedRun = (run: WorkflowResult, now: SystemState): Expectation => ({
  name: 'run in the pod',
  expected: readOutput(run, 'train', 'run-id'),
  actual: now.servedRun,
  source: "the pod's /health",
})

/** A step's reason holds these words, and its summary or the step itself says it to people. */
export const expectOutputContains = (
  run: WorkflowResult,
  id: string,
  name: string,
  ...wanted: string[]
): Expectation => {
  const text = readOutput(run, id, name)
  const missing = wanted.filter((word) => !text.includes(word))
  return {
    name: `the ${name} says why`,
    expected: 'yes',
    actual: missing.length === 0 ? 'yes' : `no word of ${missing.join(', ')} in: ${text}`,
    source: `outputs of ${id}`,
  }
}

/** The summary of a step holds these words. */
export const expectSummaryContains = (
  run: WorkflowResult,
  id: string,
  what: string,
  ...wanted: string[]
): Expectation => {
  const summary = findStep(run, id)?.summary ?? ''
  const missing = wanted.filter((word) => !summary.includes(word))
  return {
    name: what,
    expected: 'yes',
    actual: missing.length === 0 ? 'yes' : `no word of ${missing.join(', ')}`,
    source: `the summary of ${id}`,
  }
}

/** The newest version carries these tags. */
export const expectTags = ({ newestTags }: SystemState, ...tags: string[]): Expectation => {
  const missing = tags.filter((tag) => !newestTags[tag])
  return {
    name: 'its version has failure tags',
    expected: 'yes',
    actual: missing.length === 0 ? 'yes' : `without ${missing.join(', ')}`,
    source: 'tags in the MLflow registry',
  }
}
