import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { makeCertificate, startTlsServer } from '../../../test/fakes/certificates.ts'
import { connectionTo, useEmptyGitHub } from '../../../test/fakes/github.ts'
import { connectIssues } from './issues.ts'

const github = useEmptyGitHub()
const issues = (token: string | undefined = 'sesame', repository = 'shop/digits') =>
  connectIssues(connectionTo(github().url, token), repository)
const write = (title: string, labels = ['ours']) =>
  issues().create({ title, body: 'b', label: labels[0] ?? '' })

describe('issues', () => {
  it('are created, listed by label over several pages, updated, closed and commented on', async () => {
    await write('issue 0')
    const [first] = github().issues.issues
    if (!first) throw new Error('no issue was created')
    for (let number = 2; number <= 101; number += 1)
      github().issues.issues.push({ ...first, number, title: `issue ${number - 1}` })
    await write('another', ['theirs'])
    const found = await issues().listByLabel('ours')
    expect(found).toHaveLength(101)
    expect(found[0]).toMatchObject({
      number: 101,
      isOpen: true,
      isTrusted: true,
      title: 'issue 100',
      body: 'b',
    })
    await issues().update(101, { title: 'new', body: 'words' })
    expect(await issues().update(101, { close: true })).toMatchObject({
      isOpen: false,
      title: 'new',
      body: 'words',
    })
    await issues().comment(101, 'done')
    expect(github().issues.comments).toEqual([{ issue: 101, body: 'done' }])
    expect(github().issues.issues.at(100)).toMatchObject({ state: 'closed', state_reason: 'completed' })
  })

  it('exclude pull requests, and are trusted by their author', async () => {
    await write('ours')
    const [first] = github().issues.issues
    if (!first) throw new Error('no issue was created')
    const by = (number: number, type: 'User' | 'Bot', author_association: string) => ({
      ...first,
      number,
      user: { login: 'ada', type },
      author_association,
    })
    github().issues.issues.push(
      by(2, 'User', 'NONE'),
      by(3, 'User', 'CONTRIBUTOR'),
      by(4, 'User', 'MEMBER'),
      {
        ...by(5, 'Bot', 'NONE'),
        pull_request: { url: 'x' },
      },
    )
    const found = await issues().listByLabel('ours')
    expect(found.map(({ number, isTrusted }) => [number, isTrusted])).toEqual([
      [4, true],
      [3, false],
      [2, false],
      [1, true],
    ])
  })

  it('are closed if GitHub drops their label', async () => {
    github().issues.permissions.labels = false
    await expect(write('a')).rejects.toThrow(/did not get its label ours, .* was closed. Use a token/)
    expect(github().issues.issues).toMatchObject([{ state: 'closed' }])
  })

  it('fail with the missing permission, and where the repository has no issues', async () => {
    github().issues.permissions.issues = 'read'
    await expect(write('a')).rejects.toThrow(
      'GitHub: POST /repos/shop/digits/issues failed (403): Resource not accessible by integration. Grant the job "permissions: issues: write" and pass its token as github-token',
    )
    github().issues.permissions.enabled = false
    await expect(issues().listByLabel('ours')).rejects.toThrow(/\(410\).* Enable issues in the settings/)
    await expect(issues('sesame', 'shop/other').listByLabel('ours')).rejects.toThrow(/\(404\).*issues: write/)
    await expect(issues('guess').listByLabel('ours')).rejects.toThrow(/Bad credentials. Check github-token/)
  })
})

interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
}
const JSON_TYPE = { 'content-type': 'application/json' }

/** A server that returns these answers in order, and repeats the last one. */
async function withResponses<T>(
  answers: readonly Answer[],
  use: (base: string, requests: () => number) => Promise<T>,
) {
  let requests = 0
  const server = createServer((_request, response) => {
    const { status = 500, headers, body } = answers[Math.min(requests, answers.length - 1)] ?? {}
    requests += 1
    response.writeHead(status, { ...JSON_TYPE, ...headers }).end(JSON.stringify(body ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => requests)
  } finally {
    server.close()
  }
}
const issuesAt = (base: string, messages?: string[]) =>
  connectIssues(connectionTo(base, 'sesame', messages), 'shop/digits')

const secondary = { message: 'You have exceeded a secondary rate limit.' }
const primary = { message: 'API rate limit exceeded for installation.' }

describe('a rate limit', () => {
  it.each<[number, Record<string, string>, unknown, string]>([
    [403, { 'retry-after': '90' }, secondary, 're-run the job in 90 s or more'],
    [429, { 'retry-after': '90' }, secondary, 're-run the job in 90 s or more'],
    [
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600) },
      primary,
      're-run the job later',
    ],
  ])('fails at once if it lasts too long: %i %o', (status, headers, body, hint) =>
    withResponses([{ status, headers, body }], async (base, requests) => {
      const failure = issuesAt(base).comment(1, 'x')
      await expect(failure).rejects.toThrow(`Rate limit of the token: ${hint}.`)
      expect(requests()).toBe(1)
    }),
  )

  it.each([403, 429])('is waited for once: %i', (status) => {
    const limit = { status, headers: { 'retry-after': '60' }, body: secondary }
    return withResponses([limit, { status: 201 }], async (base, requests) => {
      const messages: string[] = []
      await issuesAt(base, messages).comment(1, 'x')
      expect(requests()).toBe(2)
      expect(messages).toEqual([expect.stringMatching(/^GitHub rate limit: POST .* is retried in 60 s\.$/)])
    })
  })

  it('fails if it is still there after the wait', () => {
    const limit = { status: 403, headers: { 'retry-after': '1' }, body: secondary }
    return withResponses([limit], async (base, requests) => {
      await expect(issuesAt(base).listByLabel('ours')).rejects.toThrow('re-run the job in 1 s or more')
      expect(requests()).toBe(2)
    })
  })
})

describe("GitHub's answers", () => {
  it('of a server error are retried, unless a retry would write twice', () =>
    withResponses([{ status: 502 }], async (base, requests) => {
      await expect(issuesAt(base).create({ title: 't', body: 'b', label: 'l' })).rejects.toThrow(/\(502\)/)
      expect(requests()).toBe(1)
      await expect(issuesAt(base).update(1, { body: 'b' })).rejects.toThrow(/\(502\)/)
      expect(requests()).toBe(4)
    }))

  it('never send the token to another server', () => {
    const headers = { link: '<http://evil.test/next>; rel="next"' }
    return withResponses([{ status: 200, headers, body: [] }], async (base, requests) => {
      await expect(issuesAt(base).listByLabel('ours')).rejects.toThrow('the next page is at http://evil.test')
      expect(requests()).toBe(1)
    })
  })

  it('are rejected if their form is unknown', () =>
    withResponses([{ status: 200, body: [{ number: 'one' }] }], async (base) => {
      await expect(issuesAt(base).listByLabel('ours')).rejects.toThrow(/unknown form/)
    }))

  it('are rejected if they are a web page', () =>
    withResponses(
      [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
      async (base) => {
        await expect(issuesAt(base).listByLabel('ours')).rejects.toThrow(/unknown form/)
      },
    ))

  it.each([
    ['that is not trusted', makeCertificate(), 'name the file of its authority in NODE_EXTRA_CA_CERTS'],
    ['that is expired', makeCertificate(undefined, { until: '20210101000000Z' }), 'Fix the certificate of'],
  ])('need another certificate than one %s', async (_case, certificate, hint) => {
    const port = await startTlsServer(certificate, () => undefined)
    await expect(issuesAt(`https://localhost:${port}`).listByLabel('ours')).rejects.toThrow(hint)
  })

  it('are not waited for after the job is cancelled', () =>
    withResponses([{ status: 502 }], async (base, requests) => {
      const cancel = new AbortController()
      const connection = { ...connectionTo(base), cancelled: cancel.signal, secondMs: 60_000 }
      const failure = connectIssues(connection, 'shop/digits').update(1, { body: 'b' })
      setTimeout(() => cancel.abort(new Error('The job was cancelled.')), 300)
      await expect(failure).rejects.toThrow('The job was cancelled.')
      expect(requests()).toBe(1)
    }))
})
