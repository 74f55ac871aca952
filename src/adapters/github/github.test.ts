import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GitHub as StandIn, startGitHub } from '../../../rig/github/index.ts'
import { Fault } from '../../domain/failure.ts'
import { connectGitHub } from './github.ts'

describe('a file of the default branch', () => {
  let tree = ''
  let github: StandIn
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
    connectGitHub({ base: `${github.url}/`, token, env: {} }).fileOnDefaultBranch(repository, path)

  it('is read as it is, whatever its name', async () => {
    expect(await read('ml ops/policy#1.yml')).toBe('metric: auc # größer\n')
  })

  it('is undefined where it is not, or where the repository is none for this token', async () => {
    expect(await read('policy.yml')).toBeUndefined()
    expect(await read('../etc/passwd')).toBeUndefined()
    expect(await read('ml ops/policy#1.yml', 'sesame', 'shop/other')).toBeUndefined()
  })

  it('is a fault without a token or with a wrong one, which the message never shows', async () => {
    const anonymous = connectGitHub({ base: github.url, token: undefined, env: {} })
    await expect(anonymous.fileOnDefaultBranch('shop/digits', 'p.yml')).rejects.toThrow(
      /^GitHub: GET \/repos\/shop\/digits\/contents\/p.yml failed \(401\): Requires authentication. Give github-token/,
    )
    const wrong = read('p.yml', 'guessed-token')
    await expect(wrong).rejects.toThrow(/Bad credentials. The token is not accepted: check github-token/)
    await expect(wrong).rejects.not.toThrow(/guessed-token/)
  })
})

/** A server that gives these answers, one by one, and then the last one for ever. */
async function answering<T>(
  answers: [number, string][],
  use: (base: string, asked: () => number) => Promise<T>,
) {
  let asked = 0
  const server = createServer((_request, response) => {
    const [status, body] = answers[Math.min(asked, answers.length - 1)] ?? [500, '']
    asked += 1
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => asked)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
const file = (base: string) =>
  connectGitHub({ base, token: 't', env: {} }).fileOnDefaultBranch('shop/digits', 'p.yml')

describe("GitHub's troubles", () => {
  it('are asked about again', () =>
    answering(
      [
        [502, 'bad gateway'],
        [200, 'metric: auc'],
      ],
      async (base, asked) => {
        expect(await file(base)).toBe('metric: auc')
        expect(asked()).toBe(2)
      },
    ))

  it('are a fault with the next step, asked once where asking again is of no use', () =>
    answering([[403, '{"message":"Resource not accessible\\nby integration"}']], async (base, asked) => {
      const failure = await file(base).catch((error) => error)
      expect(failure).toBeInstanceOf(Fault)
      expect(failure.message).toMatch(
        /\(403\): Resource not accessible by integration. Give the job "permissions: contents: read"/,
      )
      expect(asked()).toBe(1)
    }))

  it('are told of with the address where nothing answers', async () => {
    const base = await answering([[200, '']], async (address) => address)
    await expect(file(base)).rejects.toThrow(/ECONNREFUSED.* Is http:\/\/127.*GITHUB_API_URL/)
  })
})
