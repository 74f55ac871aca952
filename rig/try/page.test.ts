import { expect, test } from 'vitest'
import type { StepRun } from '../act/index.ts'
import { escapeHtml } from '../page/markdown.ts'
import { type PageRequest, renderPage } from './page.ts'
import { createMask } from './settings.ts'

const step = (changes: Partial<StepRun>): StepRun => ({
  ...{
    id: 'train',
    name: 'train',
    job: 'train',
    jobName: 'retrain/call/Train',
    stage: 'Main',
    result: 'success',
  },
  ...{ outputs: {}, summary: '', annotations: [], log: '' },
  ...changes,
})

const render = (steps: StepRun[], changes: Partial<PageRequest> = {}) => {
  const html = renderPage({
    title: 'retrain.yml of shop/fraud',
    event: 'workflow_dispatch',
    run: {
      jobs: [
        { id: 'train', name: 'retrain/call' },
        { id: 'train', name: 'retrain/call/Train', result: 'failure' },
      ],
      steps,
      problems: ['act says <b>'],
      seconds: 61.4,
      exitCode: 1,
    },
    expectedJobs: [
      { id: 'train', name: 'Train' },
      { id: 'deploy', name: 'Deploy' },
    ],
    mask: createMask(['s3cret-<word>'], escapeHtml),
    notes: ['MLflow http://127.0.0.1:1'],
    ...changes,
  })
  return html.replace(/<style>[\s\S]*<\/style>/, '')
}

test('each job has its conclusion, summary and outputs; jobs that did not run are skipped', () => {
  const html = render([
    step({ summary: '### Training\n\n| a |\n| --- |\n| 1 |\n', outputs: { 'run-id': 'r1' } }),
    step({ id: '2', name: 'python', outputs: { hidden: 'h' } }),
    step({ id: 'train', stage: 'Post', result: 'failure', name: 'Post train' }),
  ])
  expect(html).toContain('❌ retrain.yml of shop/fraud')
  expect(html).toContain('failure after 61 s, event workflow_dispatch')
  expect(html).toContain('❌ Train <span class="id">train: failure</span>')
  expect(html).toContain('<td>1</td>')
  expect(html).toContain('<td>train</td><td>run-id</td><td>r1</td>')
  expect(html).not.toContain('hidden')
  expect(html).toContain('Step Post train failed')
  expect(html).toContain('⏭️ Deploy <span class="id">deploy: skipped</span>')
  // The calling job can have the id of a job that it calls.
  expect(html.match(/<section/g)).toHaveLength(2)
})

test('no text of a run reaches the page as HTML, or with a secret', () => {
  const evil = '<script>alert("s3cret-<word>")</script>'
  const html = render(
    [
      step({
        ...{ name: evil, id: 'x', result: 'failure', summary: evil, outputs: { [evil]: evil } },
        annotations: [{ level: 'error', title: evil, message: evil }],
      }),
    ],
    { title: evil, event: evil, notes: [evil], expectedJobs: [{ id: evil, name: evil }] },
  )
  expect(html).not.toMatch(/<script|s3cret/)
  expect(html.match(/&lt;script&gt;/g)).toHaveLength(13)
  expect(html).toContain('act says &lt;b&gt;')
})

test('a secret that a summary writes with entities is masked', () => {
  const html = render([step({ summary: 'a s3cret&#45;&lt;word&gt; and <code>s3cret-&lt;word></code>' })])
  expect(html).toContain('a *** and <code>***</code>')
})

test('the page forbids scripts and requests', () => {
  expect(render([])).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
})
