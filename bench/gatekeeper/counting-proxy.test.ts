import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countRequests } from './counting-proxy.ts'

const server = createServer(async (request, answer) => {
  answer.writeHead(201, { 'x-said': 'so' })
  answer.end(`${request.method} ${request.url} ${request.headers['x-asked']} ${await text(request)}`)
})
let target = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

test.each([0, 1])('forwards requests and responses with a delay of %i ms', async (delay) => {
  await countRequests(target, delay, async (uri) => {
    const answer = await fetch(`${uri}/a?b=c`, {
      method: 'POST',
      body: 'the body',
      headers: { 'x-asked': 'this' },
    })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('x-said')).toBe('so')
    expect(await answer.text()).toBe('POST /a?b=c this the body')
  })
})

test('counts sequential and concurrent requests', async () => {
  const count = await countRequests(target, 0, async (uri) => {
    await fetch(uri)
    await Promise.all([fetch(uri), fetch(uri)])
  })
  expect(count).toBe(3)
})

test('stops listening if the work fails', async () => {
  let address = ''
  const failing = countRequests(target, 0, async (uri) => {
    address = uri
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  await expect(fetch(address)).rejects.toThrow()
})
