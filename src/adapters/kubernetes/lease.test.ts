import { describe, expect, it } from 'vitest'
import { Fault } from '../../domain/failure.ts'
import type { Lease } from '../../domain/lease.ts'
import type { Kubectl } from './kubectl.ts'
import { leaseOf } from './lease.ts'

const lease = (id: string): Lease => ({
  id,
  action: 'helm-deploy',
  repository: 'shop/digits',
  run: '77',
  attempt: '1',
  runner: 'r1',
  url: 'https://github.com/shop/digits/actions/runs/77',
  since: '2026-03-01T12:00:00.000Z',
  until: '2026-03-01T12:20:00.000Z',
})

/** One ConfigMap, as the API server keeps it. */
function server(data?: Record<string, string>) {
  let object = data && { version: 1, data }
  const calls: string[] = []
  const refuse = (said: string) => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl', status: 1, said, next: '' })
  }
  const merge = (change: { metadata: { resourceVersion: string }; data: Record<string, string | null> }) => {
    if (!object) return refuse('(NotFound)')
    if (change.metadata.resourceVersion !== String(object.version)) return refuse('(Conflict)')
    object = {
      version: object.version + 1,
      data: Object.fromEntries(
        Object.entries({ ...object.data, ...change.data }).flatMap(([key, value]) =>
          value === null ? [] : [[key, value]],
        ),
      ),
    }
  }
  const json = ([test, put]: { op: string; value: string }[]) => {
    if (!object) return refuse('(NotFound)')
    if (object.data.lease !== test?.value) return refuse('The request is invalid: the server rejected it')
    const { lease: _, ...others } = object.data
    object = {
      version: object.version + 1,
      data: put?.op === 'remove' ? others : { ...others, lease: put?.value ?? '' },
    }
  }
  const kubectl: Kubectl = {
    async get() {
      calls.push('get')
      return object && { metadata: { resourceVersion: String(object.version) }, data: object.data }
    },
    async create(made) {
      calls.push('create')
      if (object) refuse('(AlreadyExists)')
      object = { version: 1, data: (made as { data: Record<string, string> }).data }
      return made
    },
    async run(args) {
      calls.push('patch')
      const patch = JSON.parse(args.at(-1) ?? '')
      if (args.includes('json')) json(patch)
      else merge(patch)
      return ''
    },
  }
  const lost = (told: string) => {
    const { create, run } = kubectl
    const broken = (write: () => Promise<unknown>) => async () => {
      Object.assign(kubectl, { create, run })
      await write()
      return refuse(told)
    }
    kubectl.create = (made) => broken(() => create(made))()
    kubectl.run = (args) => broken(() => run(args))()
  }
  const mark = () => {
    if (object) object = { version: object.version + 1, data: { ...object.data, v1: 'seen good' } }
  }
  return {
    kubectl,
    calls,
    mark,
    /** The next write is done, and instead of its answer there comes that. */
    lost,
    data: () => object?.data,
    held: () => JSON.parse(object?.data.lease ?? '{}').id,
  }
}

describe('a lease in a ConfigMap', () => {
  it.each([
    { there: undefined, first: 'create' },
    { there: {}, first: 'patch' },
    { there: { v1: 'seen good' }, first: 'patch' },
  ])('is read once, and then every change is one call, where there was $there', async ({ there, first }) => {
    const { kubectl, calls, mark, held, data } = server(there)
    const store = leaseOf(kubectl, 'digits')
    expect(await store.read()).toBeUndefined()
    const [mine, next] = [lease('mine'), { ...lease('mine'), until: '2026-03-01T13:00:00.000Z' }]
    expect(await store.swap(undefined, mine)).toBe(true)
    // A mark that is written meanwhile changes the object, not the lease.
    mark()
    expect(await store.swap(mine, next)).toBe(true)
    expect(held()).toBe('mine')
    expect(await store.swap(next, undefined)).toBe(true)
    expect(calls).toEqual(['get', first, 'patch', 'patch'])
    expect(data()).toEqual({ ...there, v1: 'seen good' })
  })

  it('says to another process all that was written down in it', async () => {
    const { kubectl } = server({})
    const blame = {
      model: 'digits',
      tags: { 'retrain.quarantined': 'it crashes', 'retrain.run-url': '' },
      at: 'noon',
      digest: 'aaa',
    }
    const known = { release: 'digits', namespace: 'ml', before: 3, first: false, version: '8' }
    const underway = { ...known, own: 4, backTo: 2, keep: true, blame }
    const whole = { ...lease('mine'), underway, untold: [underway] }
    expect(await leaseOf(kubectl, 'digits').swap(undefined, whole)).toBe(true)
    expect(await leaseOf(kubectl, 'digits').read()).toEqual(whole)
  })

  it('goes to one of two who saw that it was free', async () => {
    const { kubectl, held } = server({ v1: 'seen good' })
    const [one, other] = [leaseOf(kubectl, 'digits'), leaseOf(kubectl, 'digits')]
    await Promise.all([one.read(), other.read()])
    expect(await one.swap(undefined, lease('one'))).toBe(true)
    expect(await other.swap(undefined, lease('other'))).toBe(false)
    expect(held()).toBe('one')
  })

  it('that another has taken over is neither renewed nor given back', async () => {
    const { kubectl, held } = server({})
    const [mine, theirs] = [leaseOf(kubectl, 'digits'), leaseOf(kubectl, 'digits')]
    await mine.read()
    expect(await mine.swap(undefined, lease('mine'))).toBe(true)
    expect((await theirs.read())?.id).toBe('mine')
    expect(await theirs.swap(lease('mine'), lease('theirs'))).toBe(true)
    expect(await mine.swap(lease('mine'), lease('mine'))).toBe(false)
    expect(await mine.swap(lease('mine'), undefined)).toBe(false)
    expect(held()).toBe('theirs')
  })

  it.each([
    ['a connection that breaks', undefined, 'Unable to connect to the server: EOF'],
    ['a connection that breaks over an object that is there', {}, 'Unable to connect to the server: EOF'],
    ['a refusal, since kubectl had tried it twice', undefined, '(AlreadyExists)'],
    ['a refusal of the second try of a patch', { v1: 'seen good' }, '(Conflict)'],
  ])('that was written is ours, whatever came instead of the answer: %s', async (_title, there, told) => {
    const { kubectl, lost, held } = server(there)
    const store = leaseOf(kubectl, 'digits')
    await store.read()
    lost(told)
    expect(await store.swap(undefined, lease('mine'))).toBe(true)
    expect(held()).toBe('mine')
    lost('Unable to connect to the server: EOF')
    expect(await store.swap(lease('mine'), undefined)).toBe(true)
    expect(held()).toBeUndefined()
  })

  it('that nobody can read is none', async () => {
    const { kubectl, held } = server({ lease: '{' })
    const store = leaseOf(kubectl, 'digits')
    expect(await store.read()).toBeUndefined()
    expect(await store.swap(undefined, lease('mine'))).toBe(true)
    expect(held()).toBe('mine')
  })

  it('needs no ConfigMap to be given back', async () => {
    const { kubectl } = server()
    expect(await leaseOf(kubectl, 'digits').swap(undefined, undefined)).toBe(true)
  })
})
