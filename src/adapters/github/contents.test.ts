import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GitHub, startGitHub } from '../../../rig/github/index.ts'
import { connectionTo } from '../../../test/fakes/github.ts'
import { Fault } from '../../domain/core/errors.ts'
import { connectContents } from './contents.ts'

describe('readDefaultBranchFile', () => {
  let tree = ''
  let github: GitHub
  beforeAll(async () => {
    tree = mkdtempSync(join(tmpdir(), 'default-branch-'))
    mkdirSync(join(tree, 'ml ops'))
    writeFileSync(join(tree, 'ml ops', 'policy#1.yml'), 'metric: auc # größer\n')
    github = await startGitHub({
      repository: 'shop/digits',
      token: 'sesame',
      workflows: tree,
      files: tree,
      onStart: async () => {},
    })
  })
  afterAll(async () => {
    await github.close()
    rmSync(tree, { recursive: true })
  })
  const read = (path: string, token: string | undefined = 'sesame', repository = 'shop/digits') =>
    connectContents(connectionTo(`${github.url}/`, token)).readDefaultBranchFile(repository, path)

  it('is returned unchanged, with any characters in its path', async () => {
    expect(await read('ml ops/policy#1.yml')).toBe('metric: auc # größer\n')
  })

  it('is undefined if it does not exist, or if the token may not read the repository', async () => {
    expect(await read('policy.yml')).toBeUndefined()
    expect(await read('../etc/passwd')).toBeUndefined()
    expect(await read('ml ops/policy#1.yml', 'sesame', 'shop/other')).toBeUndefined()
  })

  it('fails without a token and with a wrong token, and never shows the token', async () => {
    const anonymous = connectContents({ ...connectionTo(github.url), token: undefined })
    await expect(anonymous.readDefaultBranchFile('shop/digits', 'p.yml')).rejects.toThrow(
      /^GitHub: GET \/repos\/shop\/digits\/contents\/p.yml failed \(401\): Requires authentication. Set github-token/,
    )
    const wrong = read('p.yml', 'guessed-token')
    await expect(wrong).rejects.toThrow(/Bad credentials. Check github-token/)
    await expect(wrong).rejects.not.toThrow(/guessed-token/)
  })
})

/** A server that returns these answers in order, and repeats the last one. */
async function withResponse<T>(
  answers: [number, string][],
  use: (base: string, asked: () => number) => Promise<T>,
) {
  let asked = 0
  const server = createServer((_request, response) => {
    const [status, body] = answers[Math.min(asked, answers.length - 1)] ?? [500, '']
    asked += 1
    response
      .writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' })
      .end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => asked)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
const file = (base: string) =>
  connectContents(connectionTo(base)).readDefaultBranchFile('shop/digits', 'p.yml')

describe('a failed request', () => {
  it('is retried after a server error', () =>
    withResponse(
      [
        [502, 'bad gateway'],
        [200, 'metric: auc'],
      ],
      async (base, asked) => {
        expect(await file(base)).toBe('metric: auc')
        expect(asked()).toBe(2)
      },
    ))

  it('fails at once with the next step where a retry cannot help', () =>
    withResponse([[403, '{"message":"Resource not accessible\\nby integration"}']], async (base, asked) => {
      const failure = await file(base).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(Fault)
      expect((failure as Fault).message).toMatch(
        /\(403\): Resource not accessible by integration. Grant the job "permissions: contents: read"/,
      )
      expect(asked()).toBe(1)
    }))

  it('names the address where no server answers', async () => {
    const base = await withResponse([[200, '']], async (address) => address)
    await expect(file(base)).rejects.toThrow(/ECONNREFUSED.* Check GITHUB_API_URL \(http:\/\/127/)
  })
})
