import { describe, expect, it } from 'vitest'
import {
  closeServers,
  dropConnection,
  jsonResponse,
  type RequestHandler,
  startServer,
  textResponse,
} from '../../../test/fakes/mlflow-server.ts'
import { Fault } from '../../domain/core/errors.ts'
import { resolvePrometheusConnection } from './connection.ts'
import { connectPrometheus } from './prometheus.ts'

const NOW = 1_700_000_000.123
const vector = (...values: string[]) =>
  values.map((value, at) => ({ metric: { pod: `p-${at}` }, value: [NOW, value] }))
const success = (resultType: string, result: unknown, more = {}) =>
  jsonResponse({ status: 'success', data: { resultType, result }, ...more })
const connect = (uri: string, given = {}, env = {}) =>
  connectPrometheus(resolvePrometheusConnection({ 'prometheus-url': uri, ...given }, env))

async function ask(...answers: RequestHandler[]) {
  const { uri, asked } = await startServer(...answers)
  const value = connect(uri).query('model:accuracy{a="b"}')
  await value.catch(() => undefined)
  return { value, asked }
}

describe('an answer of one value', () => {
  it.each<[string, RequestHandler, number]>([
    ['a vector', success('vector', vector('0.91')), 0.91],
    ['a scalar', success('scalar', [NOW, '12']), 12],
    ['a value of exponents', success('vector', vector('1e-3')), 0.001],
    ['an info beside it', success('vector', vector('0'), { infos: ['may be no counter'] }), 0],
  ])('%s', async (_case, answer, value) => {
    expect(await (await ask(answer)).value).toBe(value)
  })

  it('sends the query and the token, and keeps the path prefix', async () => {
    const { uri, asked } = await startServer(success('scalar', [NOW, '1']))
    await connect(`${uri}/mimir/`, { 'prometheus-token': 'secret' }).query('a + b{c="d&e"}')
    const url = new URL(asked[0]?.url ?? '', uri)
    expect([url.pathname, url.searchParams.get('query')]).toEqual(['/mimir/api/v1/query', 'a + b{c="d&e"}'])
    expect(asked[0]?.headers.authorization).toBe('Bearer secret')
  })

  it('moves credentials out of the address; the token wins', async () => {
    const { uri, asked } = await startServer(success('scalar', [NOW, '1']))
    const address = uri.replace('//', '//ada:p%40ss@')
    expect(connect(address).base).toBe(uri)
    await connect(address).query('a')
    await connect(address, { 'prometheus-token': 'secret' }).query('a')
    const basic = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([basic, 'Bearer secret'])
  })
})

describe('an answer that is no value is a fault', () => {
  it.each<[string, RequestHandler, RegExp]>([
    ['empty', success('vector', []), /result is empty.*still scrapes/],
    ['NaN', success('vector', vector('NaN')), /"NaN", which is no finite number.*labelled predictions/],
    ['an infinity', success('vector', vector('+Inf')), /"\+Inf", which is no finite/],
    ['no text', success('scalar', [NOW, '']), /no finite number/],
    ['several series', success('vector', vector('1', '1')), /2 series: .*p-0.*p-1.*aggregate/],
    ['a range', success('matrix', []), /a matrix, not one value.*avg_over_time/],
    ['a text', success('string', [NOW, 'x']), /a string, not one value/],
    ['a histogram', success('vector', [{ metric: {}, histogram: [NOW, {}] }]), /a histogram, not a number/],
    [
      'a warning',
      success('vector', vector('0.9'), { warnings: ['store 2 is down'] }),
      /a warning: store 2 is down\. The value may lack data/,
    ],
    ['no value', success('vector', [{ metric: {}, value: [NOW, 0.9] }]), /unexpected response/],
    ['an unknown status', jsonResponse({ status: 'partial' }), /unexpected response/],
    [
      'a bad query',
      jsonResponse({ status: 'error', errorType: 'bad_data', error: '1:3: parse error' }, 400),
      /failed \(400\): bad_data: 1:3: parse error\. Fix the query/,
    ],
    ['no token', jsonResponse({ error: 'no' }, 401), /\(401\).*requires credentials: give prometheus-token/],
    ['another page', textResponse('<p>Not Found</p>', 404), /\(404\): Not Found\. Is .*path prefix/],
    ['a login page', textResponse('<b>Sign in</b>', 200), /unexpected response: Sign in.*login page/],
    ['a redirect', textResponse('Found', 302), /\(302\)/],
  ])('%s', async (_case, answer, message) => {
    const { value, asked } = await ask(answer)
    await expect(value).rejects.toThrow(message)
    await expect(value).rejects.toThrow(/^Prometheus: query "model:accuracy\{a=\\"b\\"\}" failed/)
    await expect(value).rejects.toBeInstanceOf(Fault)
    expect(asked).toHaveLength(1)
  })

  it('a wrong token is named, but not shown', async () => {
    const { uri } = await startServer(textResponse('Unauthorized', 401))
    const value = connect(uri, { 'prometheus-token': 'hunter2' }).query('a')
    await expect(value).rejects.toThrow(/does not accept prometheus-token/)
    await expect(value).rejects.not.toThrow(/hunter2/)
  })

  it('labels from outside stay on one line', async () => {
    const metric = { pod: '\n::error::x' }
    const { value } = await ask(success('vector', [{ metric, value: [NOW, '1'] }, ...vector('1')]))
    await expect(value).rejects.not.toThrow(/\n/)
  })
})

describe('a busy or lost server', () => {
  it('is asked again', async () => {
    const busy = textResponse('Bad Gateway', 502)
    const { value, asked } = await ask(busy, dropConnection, success('scalar', [NOW, '3']))
    expect(await value).toBe(3)
    expect(asked).toHaveLength(3)
  })

  it('is named with the input if nothing listens', async () => {
    const { uri } = await startServer()
    closeServers()
    await expect(connect(uri).query('a')).rejects.toThrow(/Is http:\/\/127.*right, is the server up/)
  })
})
