import { describe, expect, it, test } from 'vitest'
import { parseInputs } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { placeOf } from './place.ts'

const place = ({ address = 'https://10.0.0.1:6443', context = 'ci', ...given }: Record<string, string>) =>
  placeOf(parseInputs(contract, { 'model-name': 'fraud', release: 'digits', ...given }), { address, context })
const identity = (given: Record<string, string>) => place(given).identity

describe('a place', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['a tunnel', { address: 'https://127.0.0.1:38291' }, { address: 'https://127.0.0.1:40111' }],
    ['a tunnel to a path', { address: 'https://localhost:1/k8s' }, { address: 'https://localhost:2/k8s' }],
    ['a tunnel by IPv6', { address: 'https://[::1]:38291' }, { address: 'https://[::1]:40111' }],
    ['a cluster of k3d', { address: 'https://0.0.0.0:38291' }, { address: 'https://0.0.0.0:40111' }],
    ['a registry', { 'tracking-uri': 'http://127.1:5000' }, { 'tracking-uri': 'http://127.0.0.1:5001/' }],
    ['another name for its context', {}, { context: 'prod' }],
    ['a context that is named and meant anyway', {}, { 'kube-context': 'ci' }],
    ['a password', { 'tracking-uri': 'https://a:b@m.example' }, { 'tracking-uri': 'https://m.example' }],
  ])('stays the same behind %s', (_, one, other) => {
    expect(identity(one)).toEqual(identity(other))
  })

  const local = { address: 'https://127.0.0.1:38291', context: 'kind-a' }
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['cluster', {}, { address: 'https://10.0.0.2:6443' }],
    ['port of a host', {}, { address: 'https://10.0.0.1:6444' }],
    [
      'host that only begins like this machine',
      { address: 'https://127.0.0.1.a.example:1' },
      { address: 'https://127.0.0.1.a.example:2' },
    ],
    ['cluster of this machine', local, { ...local, context: 'kind-b' }],
    ['path behind a tunnel', { address: 'https://localhost:1/a' }, { address: 'https://localhost:1/b' }],
    ['context where no address is known', { address: '' }, { address: '', context: 'prod' }],
    ['registry', {}, { 'tracking-uri': 'https://mlflow.prod.example' }],
    [
      'registry by its path',
      { 'tracking-uri': 'https://m.example/a' },
      { 'tracking-uri': 'https://m.example/b' },
    ],
    ['workspace', {}, { workspace: 'prod' }],
  ])('is another one by its %s', (_, one, other) => {
    expect(identity(one)).not.toEqual(identity(other))
  })

  test('need not be known', () => {
    expect(identity({ address: '', context: '' })).toEqual(['http://mlflow.invalid', '', '', ''])
  })
})

test('what errors say of it is hidden, and nothing else', () => {
  const hides = (given: Record<string, string>, said: string) => place(given).hidden((text) => text)(said)
  const secret = {
    'tracking-uri': 'https://ada:pw@mlflow.example/s3cret/',
    address: 'https://10.0.0.1:6443/t0ken',
  }
  expect(
    hides(
      secret,
      'GET https://mlflow.example/s3cret/api, then https://10.0.0.1:6443/t0ken/apis, by https://github.com/a',
    ),
  ).toBe('GET (address)/api, then (address)/apis, by https://github.com/a')
  const within = { 'tracking-uri': 'https://one.example', address: 'https://one.example/t0ken' }
  expect(hides(within, 'https://one.example/t0ken/apis')).toBe('(address)/apis')
  expect(hides({ address: '' }, 'version 7')).toBe('version 7')
})
