/** One line of `act --json`. Lines with `stepid` instead of `stepID` belong to act's internal steps. */
type ActEntry = {
  msg?: string
  job?: string
  jobID?: string
  step?: string
  stepID?: string[]
  stage?: string
  stepResult?: StepOutcome
  jobResult?: string
  raw_output?: boolean
  command?: string
  name?: string
  arg?: string
  content?: string
  kvPairs?: Record<string, string>
}

export type StepOutcome = 'success' | 'failure' | 'skipped'

/** A workflow command that GitHub shows as an annotation of the run. */
export type Annotation = { level: 'error' | 'warning' | 'notice'; message: string; title?: string }

export type StepRun = {
  /** The id in the workflow file, or the step's number. Steps of a composite action are `outer/inner`. */
  id: string
  name: string
  /** The id of its job. A job and a reusable workflow's job that it calls can have the same one. */
  job: string
  /** The name of its job, which is unique in a run. */
  jobName: string
  stage: 'Pre' | 'Main' | 'Post'
  /** Undefined for a step that did not finish. */
  result?: StepOutcome
  outputs: Record<string, string>
  summary: string
  annotations: Annotation[]
  /** Its output, with masked secrets. */
  log: string
}

export type JobRun = { id: string; name: string; result?: 'success' | 'failure' }

/** What act reports of a run. Skipped jobs and steps are missing, because act does not report them. */
export type WorkflowLog = { jobs: JobRun[]; steps: StepRun[]; problems: string[] }

const levels = ['error', 'warning', 'notice'] as const

const parseEntry = (line: string): ActEntry => {
  try {
    return JSON.parse(line) as ActEntry
  } catch {
    return { msg: line }
  }
}

/** Reads a raw workflow command, which has no emoji of act. */
const parseAnnotation = (entry: ActEntry): Annotation | undefined => {
  const level = levels.find((known) => known === entry.command)
  if (level === undefined) return undefined
  const title = entry.kvPairs?.title
  return { level, message: entry.arg ?? '', ...(title !== undefined && { title }) }
}

/** Groups entries by job and step, in the order in which they started. */
class ActLogReader {
  readonly jobs = new Map<string, JobRun>()
  readonly steps = new Map<string, StepRun>()
  readonly problems: string[] = []

  private job(entry: ActEntry): JobRun {
    const key = entry.job ?? ''
    const job = this.jobs.get(key) ?? { id: entry.jobID ?? '', name: key.trim() }
    this.jobs.set(key, job)
    return job
  }

  private step(entry: ActEntry): StepRun | undefined {
    const stage = (['Pre', 'Main', 'Post'] as const).find((known) => known === entry.stage)
    if (entry.stepID === undefined || stage === undefined) return undefined
    const id = entry.stepID.join('/')
    const key = JSON.stringify([entry.job, stage, id])
    const known = this.steps.get(key)
    if (known !== undefined) return known
    const name = entry.step ?? ''
    const step: StepRun = {
      ...{ id, name, job: entry.jobID ?? '', jobName: entry.job?.trim() ?? '', stage },
      ...{ outputs: {}, summary: '', annotations: [], log: '' },
    }
    this.steps.set(key, step)
    return step
  }

  /** act reports the summary of a composite's last step a second time, for the composite itself. */
  private isComposite({ id, job, stage }: StepRun): boolean {
    const inner = (step: StepRun) => step.job === job && step.stage === stage && step.id.startsWith(`${id}/`)
    return [...this.steps.values()].some(inner)
  }

  read(line: string): void {
    const entry = parseEntry(line)
    if (entry.job === undefined) {
      if (entry.msg && !/docker/i.test(entry.msg)) this.problems.push(entry.msg)
      return
    }
    const job = this.job(entry)
    if (entry.jobResult === 'success' || entry.jobResult === 'failure') job.result = entry.jobResult
    const step = this.step(entry)
    if (step === undefined) return
    if (entry.stepResult !== undefined) step.result = entry.stepResult
    if (entry.raw_output) step.log += entry.msg ?? ''
    if (entry.command === 'set-output') step.outputs[entry.name ?? ''] = entry.arg ?? ''
    if (entry.command === 'summary' && !this.isComposite(step)) step.summary += entry.content ?? ''
    const annotation = parseAnnotation(entry)
    if (annotation !== undefined) step.annotations.push(annotation)
  }
}

/** Parses the output of `act --json`. */
export const readActLog = (output: string): WorkflowLog => {
  const reader = new ActLogReader()
  for (const line of output.split('\n')) if (line !== '') reader.read(line)
  return { jobs: [...reader.jobs.values()], steps: [...reader.steps.values()], problems: reader.problems }
}
