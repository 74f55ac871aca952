import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startGitHub } from '../../../rig/github/index.ts'
import { jobsOf } from './run-jobs.ts'

const attempt = { repository: 'shop/digits', run: '77', attempt: '2' }
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that gives these answers, page by page, and remembers what was asked. */
async function serving(...pages: { status?: number; body: unknown }[]) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { status = 200, body } = pages[asked.length - 1] ?? { status: 500, body: {} }
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { asked, connection: { base, token: 't', env: {} } }
}

const job = (status: string, runner_name: string | null = 'r1') => ({ status, runner_name, name: 'deploy' })

test('all pages are read', async () => {
  const first = Array.from({ length: 100 }, () => job('completed'))
  const { asked, connection } = await serving(
    { body: { total_count: 101, jobs: first } },
    { body: { total_count: 101, jobs: [job('queued', null)] } },
  )
  const jobs = await jobsOf(connection, attempt)
  expect(jobs).toHaveLength(101)
  expect(jobs?.at(-1)).toEqual({ status: 'queued', runner: undefined })
  expect(asked).toEqual([
    '/repos/shop/digits/actions/runs/77/attempts/2/jobs?per_page=100&page=1',
    '/repos/shop/digits/actions/runs/77/attempts/2/jobs?per_page=100&page=2',
  ])
})

test.each([
  ['a token without the right', [{ status: 403, body: { message: 'Resource not accessible' } }]],
  ['a run that is not there', [{ status: 404, body: { message: 'Not Found' } }]],
  ['a server in trouble', [{ status: 502, body: '<html>' }]],
  ['an answer of another form', [{ body: { total_count: 1, jobs: [{ status: 7 }] } }]],
  ['pages that never end', [{ body: { total_count: 5, jobs: [] } }]],
])('nothing is known from %s', async (_name, pages) => {
  const { connection } = await serving(...pages)
  expect(await jobsOf(connection, attempt)).toBeUndefined()
})

test.each([
  { ...attempt, repository: 'shop/digits/../../user' },
  { ...attempt, run: '77/../78' },
  { ...attempt, attempt: '' },
])('an address is made of names only: %o', async (odd) => {
  const { asked, connection } = await serving({ body: { total_count: 0, jobs: [] } })
  expect(await jobsOf(connection, odd)).toBeUndefined()
  expect(asked).toEqual([])
})

test('without a token nothing is asked, and no server is no failure', async () => {
  const { asked, connection } = await serving({ body: { total_count: 1, jobs: [job('completed')] } })
  expect(await jobsOf({ ...connection, token: undefined }, attempt)).toBeUndefined()
  expect(asked).toEqual([])
  expect(await jobsOf({ ...connection, base: 'http://127.0.0.1:1' }, attempt)).toBeUndefined()
})

test('a stand-in that is held to what GitHub documents says the same, page by page', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'workflows-'))
  const github = await startGitHub({
    repository: 'shop/digits',
    token: 't',
    workflows: folder,
    onStart: async () => {},
  })
  closing.push(() => {
    github.close()
    rmSync(folder, { recursive: true })
  })
  const names = Array.from({ length: 130 }, (_, index) => `r${index}`)
  github.jobs.set(
    '77/2',
    names.map((name) => ({ name, status: 'completed', runner_name: name })),
  )
  const connection = { base: github.url, token: 't', env: {} }
  expect((await jobsOf(connection, attempt))?.map(({ runner }) => runner)).toEqual(names)
  expect(await jobsOf(connection, { ...attempt, attempt: '1' })).toBeUndefined()
  expect(await jobsOf({ ...connection, token: 'wrong' }, attempt)).toBeUndefined()
})
