import { expect, test } from 'vitest'
import { createIssueStore } from './issues.ts'

const store = () => createIssueStore('shop/digits', () => 'http://github.test')
const body = (value: unknown) => async () => value

test('creates an issue, lists it by label, changes it and adds a comment', async () => {
  const { handleRequest: answer, issues, comments, writes } = store()
  const created = await answer('POST', '/issues', body({ title: 'a', body: 'b', labels: ['ours'] }))
  expect(created).toMatchObject({
    status: 201,
    body: { number: 1, state: 'open', labels: [{ name: 'ours' }] },
  })
  await answer('POST', '/issues', body({ title: 'other' }))
  const listed = await answer('GET', '/issues?labels=ours&state=all', body(undefined))
  expect(listed?.body).toMatchObject([{ number: 1 }])
  await answer('PATCH', '/issues/1', body({ state: 'closed', state_reason: 'completed' }))
  expect(issues[0]).toMatchObject({ title: 'a', state: 'closed', state_reason: 'completed' })
  expect((await answer('GET', '/issues?labels=ours', body(undefined)))?.body).toEqual([])
  expect(await answer('POST', '/issues/1/comments', body({ body: 'done' }))).toMatchObject({ status: 201 })
  expect(comments).toEqual([{ issue: 1, body: 'done' }])
  expect(writes).toEqual(['POST /issues', 'POST /issues', 'PATCH /issues/1', 'POST /issues/1/comments'])
})

test('splits a long list into pages', async () => {
  const { handleRequest: answer } = store()
  for (let created = 0; created < 3; created += 1)
    await answer('POST', '/issues', body({ title: `${created}` }))
  const first = await answer('GET', '/issues?per_page=2&state=all', body(undefined))
  expect(first?.body).toMatchObject([{ number: 3 }, { number: 2 }])
  const next =
    /<http:\/\/github.test\/repos\/shop\/digits([^>]+)>; rel="next"/.exec(first?.link ?? '')?.[1] ?? ''
  const second = await answer('GET', next, body(undefined))
  expect(second?.body).toMatchObject([{ number: 1 }])
  expect(second?.link).toBeUndefined()
})

test.each([
  ['POST', '/issues', { body: 'no title' }, 422],
  ['POST', '/issues', { title: 'x'.repeat(257) }, 422],
  ['POST', '/issues', { title: 'x', body: 'x'.repeat(65_537) }, 422],
  ['POST', '/issues', { title: 'x', label: 'ours' }, 422],
  ['POST', '/issues/1/comments', {}, 422],
  ['PATCH', '/issues/1', { state: 'done' }, 422],
  ['PATCH', '/issues/9', { state: 'closed' }, 404],
  ['GET', '/issues?state=every', undefined, 422],
])('rejects %s %s with %o', async (method, path, requestBody, status) => {
  const { handleRequest: answer } = store()
  await answer('POST', '/issues', body({ title: 'first' }))
  expect(await answer(method, path, body(requestBody))).toMatchObject({ status })
})

test('handles permissions, disabled issues and dropped labels like GitHub', async () => {
  const { handleRequest: answer, permissions } = store()
  permissions.issues = 'read'
  expect(await answer('POST', '/issues', body({ title: 'a' }))).toMatchObject({ status: 403 })
  expect(await answer('GET', '/issues', body(undefined))).toMatchObject({ status: 200 })
  permissions.issues = 'write'
  permissions.labels = false
  expect(await answer('POST', '/issues', body({ title: 'a', labels: ['ours'] }))).toMatchObject({
    status: 201,
    body: { labels: [] },
  })
  permissions.enabled = false
  expect(await answer('GET', '/issues', body(undefined))).toMatchObject({ status: 410 })
  expect(await answer('DELETE', '/issues/1', body(undefined))).toBeUndefined()
})
