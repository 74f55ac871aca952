import type { StepRun, WorkflowResult } from '../act/index.ts'
import type { SystemState } from './system-state.ts'

/** An expected value, the actual one, and the system that it comes from. */
export interface Expectation {
  name: string
  expected: string
  actual: string
  source: string
}

/** Returns the step with this id; undefined if the run did not reach it. */
export const findStep = (run: WorkflowResult, id: string): StepRun | undefined =>
  run.steps.find((step) => step.id === id && step.stage === 'Main')

const readOutput = (run: WorkflowResult, id: string, name: string): string =>
  findStep(run, id)?.outputs[name] || 'none'

export const expectWorkflow = (run: WorkflowResult, expected: 'success' | 'failure'): Expectation => ({
  name: 'workflow run',
  expected,
  actual: run.exitCode === 0 ? 'success' : 'failure',
  source: 'exit code of act',
})

export const expectVerdict = (run: WorkflowResult, expected: string): Expectation => ({
  name: 'verdict',
  expected,
  actual: readOutput(run, 'gatekeeper', 'verdict'),
  source: 'outputs of gatekeeper',
})

/** The gate scored both models on the rows of one holdout. It did not compare logged metrics. */
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

export const expectRegistry = (name: string, expected: string, actual: string): Expectation => ({
  name,
  expected,
  actual,
  source: 'MLflow registry',
})

export const expectRelease = (expected: string, state: SystemState): Expectation => ({
  name: 'release',
  expected,
  actual: state.release,
  source: 'helm get values',
})

export const expectServedVersion = (expected: string, state: SystemState): Expectation => ({
  name: 'served',
  expected,
  actual: state.served,
  source: "the pod's /health",
})

/** The pod serves the files of the training run of this workflow. */
export const expectServedRun = (run: WorkflowResult, state: SystemState): Expectation => ({
  name: 'run in the pod',
  expected: readOutput(run, 'train', 'run-id'),
  actual: state.servedRun,
  source: "the pod's /health",
})

/** An output of a step contains these words. */
export const expectOutputContains = (
  run: WorkflowResult,
  id: string,
  name: string,
  ...words: string[]
): Expectation => {
  const text = readOutput(run, id, name)
  const missing = words.filter((word) => !text.includes(word))
  return {
    name: `the ${name} is stated`,
    expected: 'yes',
    actual: missing.length === 0 ? 'yes' : `no ${missing.join(', ')} in: ${text}`,
    source: `outputs of ${id}`,
  }
}

/** The job summary of a step contains these words. */
export const expectSummaryContains = (
  run: WorkflowResult,
  id: string,
  label: string,
  ...words: string[]
): Expectation => {
  const summary = findStep(run, id)?.summary ?? ''
  const missing = words.filter((word) => !summary.includes(word))
  return {
    name: label,
    expected: 'yes',
    actual: missing.length === 0 ? 'yes' : `no ${missing.join(', ')}`,
    source: `job summary of ${id}`,
  }
}

/** The newest version has these tags. */
export const expectTags = ({ newestTags }: SystemState, ...tags: string[]): Expectation => {
  const missing = tags.filter((tag) => !newestTags[tag])
  return {
    name: 'the version has failure tags',
    expected: 'yes',
    actual: missing.length === 0 ? 'yes' : `without ${missing.join(', ')}`,
    source: 'tags in the MLflow registry',
  }
}
