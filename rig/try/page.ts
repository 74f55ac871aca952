import type { StepRun, WorkflowResult } from '../act/index.ts'
import { escapeHtml, renderMarkdown } from '../page/markdown.ts'
import { readStylesheet } from '../page/stylesheet.ts'
import type { ExpectedJob } from './expected-jobs.ts'
import type { Mask } from './settings.ts'

/** The parts of a workflow run that a page shows. */
export type PageRun = Pick<WorkflowResult, 'jobs' | 'steps' | 'problems' | 'seconds' | 'exitCode'>

export type PageRequest = {
  /** Such as `retrain.yml of shop/fraud`. */
  title: string
  /** How the run started, such as `workflow_dispatch`. */
  event: string
  run: PageRun
  /** All jobs of the workflow. Those that the run does not report were skipped. */
  expectedJobs: readonly ExpectedJob[]
  mask: Mask
  /** Lines below the jobs, such as how to inspect the rig. */
  notes: readonly string[]
}

type Job = { id: string; name: string; conclusion: string; steps: readonly StepRun[] }

const symbols: Record<string, string> = { success: '✅', failure: '❌', skipped: '⏭️' }

const style = `
body { margin: 0 auto; max-width: 1000px; padding: 24px; background: #fff; color: #1f2328; font: 14px/1.5 'Liberation Sans', Arial, sans-serif }
section { border: 1px solid #d1d9e0; border-radius: 6px; margin: 16px 0; padding: 0 20px 16px; overflow-x: auto }
section > h2 { font-size: 16px } .id { color: #59636e; font-weight: normal }
.outputs { border-collapse: collapse } .outputs td, .outputs th { border: 1px solid #d1d9e0; padding: 4px 10px; text-align: left; vertical-align: top }
.outputs td:last-child { overflow-wrap: anywhere; white-space: pre-wrap } .error { color: #b3261e } .notes { color: #59636e; font-size: 12px; overflow-x: auto }
section > details { margin-top: 12px }
.markdown-body { font-size: 14px } summary { cursor: pointer }`

/** Returns the jobs that ran, and those that did not. A job that calls a reusable workflow has no steps: it is left out. */
const listJobs = ({ run, expectedJobs }: PageRequest): Job[] => {
  const reported = run.jobs
    .map((job) => ({ ...job, steps: run.steps.filter((step) => step.jobName === job.name) }))
    .filter(({ steps }) => steps.length > 0)
  const skipped = expectedJobs.filter(({ id }) => !reported.some((job) => job.id === id))
  return [
    // act puts the names of the workflow and of the calling job before the name.
    ...reported.map(({ name, result, ...job }) => ({
      ...job,
      name: name.split('/').at(-1) ?? name,
      conclusion: result ?? 'cancelled',
    })),
    ...skipped.map((job) => ({ ...job, steps: [], conclusion: 'skipped' })),
  ]
}

/** Steps without an id have a number, and those of a composite action a path. Nothing can read their outputs. */
const hasOutputs = ({ id, stage }: StepRun): boolean => stage === 'Main' && /^[A-Za-z_][\w-]*$/.test(id)

const listOutputs = (steps: readonly StepRun[]) =>
  steps
    .filter(hasOutputs)
    .flatMap(({ id, outputs }) => Object.entries(outputs).map(([name, value]) => ({ id, name, value })))

/** Makes a secret unreadable, and then every text harmless. Texts of a run reach the page only through it. */
const createEncoder = (mask: Mask) => (text: string) => escapeHtml(mask.text(text))

const renderOutputs = (steps: readonly StepRun[], encode: (text: string) => string): string => {
  const outputs = listOutputs(steps)
  if (outputs.length === 0) return ''
  const rows = outputs.map(
    ({ id, name, value }) =>
      `<tr><td>${encode(id)}</td><td>${encode(name)}</td><td>${encode(value)}</td></tr>`,
  )
  return `<details><summary>${outputs.length} outputs</summary>
<table class="outputs"><tr><th>step</th><th>output</th><th>value</th></tr>
${rows.join('\n')}</table></details>`
}

const renderJob = ({ id, name, conclusion, steps }: Job, { mask }: PageRequest): string => {
  const encode = createEncoder(mask)
  const failed = steps.filter(({ result }) => result === 'failure').map((step) => `Step ${step.name} failed`)
  const annotations = steps.flatMap((step) =>
    step.annotations.map(({ level, title, message }) => `${level}: ${title ? `${title}: ` : ''}${message}`),
  )
  const lines = [...failed, ...annotations].map((line) => `<p class="error">${encode(line)}</p>`)
  const summary = mask.text(steps.map((step) => step.summary).join('\n'))
  return `<section id="${encode(id)}">
<h2>${symbols[conclusion] ?? '⏹️'} ${encode(name)} <span class="id">${encode(id)}: ${conclusion}</span></h2>
${lines.join('\n')}
${summary.trim() === '' ? '' : `<article class="markdown-body">${mask.html(renderMarkdown(summary))}</article>`}
${renderOutputs(steps, encode)}
</section>`
}

/**
 * Renders a run as one HTML page with the summary, conclusion and outputs of each job. It has no script and loads
 * nothing, and its policy forbids both.
 */
export const renderPage = (request: PageRequest): string => {
  const { title, event, run, mask, notes } = request
  const encode = createEncoder(mask)
  const conclusion = run.exitCode === 0 ? 'success' : 'failure'
  const jobs = listJobs(request)
  const problems = run.problems.map((problem) => `<p class="error">${encode(problem)}</p>`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${encode(title)}: ${conclusion}</title>
<style>${readStylesheet()}${style}</style>
<h1>${symbols[conclusion]} ${encode(title)}</h1>
<p>${conclusion} after ${run.seconds.toFixed(0)} s, event ${encode(event)}</p>
${problems.join('\n')}
${jobs.map((job) => renderJob(job, request)).join('\n')}
<pre class="notes">${encode(notes.join('\n'))}</pre>
</html>
`
}
