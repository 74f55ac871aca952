import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { githubAnew } from '../../../test/fakes/github.ts'
import { issuesOf } from './issues.ts'

const github = githubAnew()
const issues = (token: string | undefined = 'sesame', repository = 'shop/digits') =>
  issuesOf({ base: github().url, token, env: {} }, repository)
const write = (title: string, labels = ['ours']) =>
  issues().create({ title, body: 'b', label: labels[0] ?? '' })

describe('issues', () => {
  it('are written, found by their label whatever their number, changed, closed and commented on', async () => {
    for (let made = 0; made < 101; made += 1) await write(`issue ${made}`)
    await write('another', ['theirs'])
    const found = await issues().labelled('ours')
    expect(found).toHaveLength(101)
    expect(found[0]).toMatchObject({ number: 101, open: true, trusted: true, title: 'issue 100', body: 'b' })
    await issues().update(101, { title: 'new', body: 'words' })
    expect(await issues().update(101, { close: true })).toMatchObject({
      open: false,
      title: 'new',
      body: 'words',
    })
    await issues().comment(101, 'done')
    expect(github().issues.comments).toEqual([{ issue: 101, body: 'done' }])
    expect(github().issues.issues.at(100)).toMatchObject({ state: 'closed', state_reason: 'completed' })
  })

  it('are no pull requests, and are trusted by who wrote them', async () => {
    await write('ours')
    const [first] = github().issues.issues
    if (!first) throw new Error('nothing was written')
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
    const found = await issues().labelled('ours')
    expect(found.map(({ number, trusted }) => [number, trusted])).toEqual([
      [4, true],
      [3, false],
      [2, false],
      [1, true],
    ])
  })

  it('are closed again where their label was dropped, since nobody would find them', async () => {
    github().issues.rights.labels = false
    await expect(write('a')).rejects.toThrow(/did not get its label ours, .* was closed. Give a token/)
    expect(github().issues.issues).toMatchObject([{ state: 'closed' }])
  })

  it('name the permission that is missing, and a repository without issues', async () => {
    github().issues.rights.issues = 'read'
    await expect(write('a')).rejects.toThrow(
      'GitHub: POST /repos/shop/digits/issues failed (403): Resource not accessible by integration. Give the job "permissions: issues: write" and its token as github-token',
    )
    github().issues.rights.enabled = false
    await expect(issues().labelled('ours')).rejects.toThrow(/switched off in this repository. Switch them on/)
    await expect(issues('sesame', 'shop/other').labelled('ours')).rejects.toThrow(/\(404\).*issues: write/)
    await expect(issues('guess').labelled('ours')).rejects.toThrow(
      /Bad credentials. The token is not accepted/,
    )
  })
})

/** A server that always gives this answer. */
async function always<T>(
  status: number,
  headers: Record<string, string>,
  text: string,
  use: (base: string, asked: () => number) => Promise<T>,
) {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.writeHead(status, headers).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => asked)
  } finally {
    server.close()
  }
}
const at = (base: string) => issuesOf({ base, token: 't', env: {} }, 'shop/digits')

describe("GitHub's answers", () => {
  it.each<[number, Record<string, string>, string]>([
    [403, { 'retry-after': '60' }, 'run the job again in 60 s or more'],
    [429, { 'retry-after': '60' }, 'run the job again in 60 s or more'],
    [403, { 'x-ratelimit-remaining': '0' }, 'run the job again later'],
  ])('say how long a limit holds: %i %o', (status, headers, said) =>
    always(
      status,
      headers,
      '{"message":"You have exceeded a secondary rate limit."}',
      async (base, asked) => {
        const failure = at(base).comment(1, 'x')
        await expect(failure).rejects.toThrow(`GitHub limits how much one token may ask for: ${said}.`)
        expect(asked()).toBe(1)
      },
    ),
  )

  it('are asked for once where asking twice would write twice', () =>
    always(502, {}, 'bad gateway', async (base, asked) => {
      await expect(at(base).create({ title: 't', body: 'b', label: 'l' })).rejects.toThrow(/\(502\)/)
      expect(asked()).toBe(1)
      await expect(at(base).update(1, { body: 'b' })).rejects.toThrow(/\(502\)/)
      expect(asked()).toBe(4)
    }))

  it('lead to no other server with the token', () =>
    always(200, { link: '<http://evil.test/next>; rel="next"' }, '[]', async (base, asked) => {
      expect(await at(base).labelled('ours')).toEqual([])
      expect(asked()).toBe(1)
    }))

  it('are refused in another form', () =>
    always(200, {}, '[{"number":"one"}]', async (base) => {
      await expect(at(base).labelled('ours')).rejects.toThrow(/not of the known form/)
    }))
})
