import { describe, expect, it } from 'vitest'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import type { Lease } from '../../../domain/release/lease.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { createLeaseStore } from './lease-store.ts'

const lease = (holderIdentity: string, changes: Partial<Lease> = {}): Lease => ({
  holderIdentity,
  acquireTime: '2026-03-01T12:00:00.000000Z',
  renewTime: '2026-03-01T12:01:00.000000Z',
  leaseDurationSeconds: 60,
  leaseTransitions: 3,
  ...changes,
})
const operation = { release: 'digits', namespace: 'ml', previousRevision: 3, isInstall: false, version: '8' }

interface LeaseObject {
  metadata: { resourceVersion: string; annotations?: Record<string, string> }
  spec: Record<string, unknown>
}

/** One Lease object, as the API server keeps it. */
function fakeServer(start?: LeaseObject) {
  let object = start
  let broken: string | undefined
  const calls: string[] = []
  const fail = (detail: string): never => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl', status: 1, detail, hint: '' })
  }
  const answer = () => {
    const failure = broken
    broken = undefined
    return failure === undefined ? object : fail(failure)
  }
  const kubectl: Kubectl = {
    async get() {
      calls.push('get')
      return structuredClone(object)
    },
    async create(given) {
      calls.push('create')
      if (object) return fail('(AlreadyExists)')
      const { metadata, spec } = given as LeaseObject
      object = { metadata: { ...metadata, resourceVersion: '1' }, spec }
      return structuredClone(answer())
    },
    async run(args) {
      calls.push('patch')
      const { metadata, spec } = JSON.parse(args[args.indexOf('--patch') + 1] ?? '') as {
        metadata: { resourceVersion: string; annotations: Record<string, string | null> }
        spec: Record<string, unknown>
      }
      if (!object) return fail('(NotFound)')
      if (metadata.resourceVersion !== object.metadata.resourceVersion) return fail('(Conflict)')
      const annotations = Object.entries({ ...object.metadata.annotations, ...metadata.annotations })
      const kept = annotations.filter((entry): entry is [string, string] => entry[1] !== null)
      const resourceVersion = String(Number(metadata.resourceVersion) + 1)
      object = {
        metadata: { resourceVersion, annotations: Object.fromEntries(kept) },
        spec: { ...object.spec, ...spec },
      }
      return JSON.stringify(answer())
    },
  }
  return {
    kubectl,
    calls,
    store: () => createLeaseStore(kubectl, 'digits', 'ml'),
    /** The next write is done, and its answer is this. */
    loseAnswer: (detail: string) => {
      broken = detail
    },
    remove: () => {
      object = undefined
    },
    holder: () => object?.spec.holderIdentity,
  }
}

describe('the lease of a release', () => {
  it('is created, renewed and released, each in one write without a read', async () => {
    const { store, calls, holder } = fakeServer()
    const own = store()
    expect(await own.read()).toBeUndefined()
    const created = await own.write(lease('mine'))
    expect(created).toEqual(lease('mine', { resourceVersion: '1' }))
    const renewed = await own.write({
      ...lease('mine'),
      ...created,
      renewTime: '2026-03-01T12:02:00.000000Z',
    })
    expect(renewed).toMatchObject({ resourceVersion: '2', renewTime: '2026-03-01T12:02:00.000000Z' })
    expect(await own.write({ ...lease(''), ...renewed, holderIdentity: '' })).toMatchObject({
      holderIdentity: '',
    })
    expect(holder()).toBe('')
    expect(calls).toEqual(['get', 'create', 'patch', 'patch'])
  })

  it('shows other processes the whole operation, until it is cleared', async () => {
    const { store } = fakeServer()
    const failure = {
      model: 'digits',
      version: '8',
      tags: { 'retrain.quarantined': 'it crashes', 'retrain.run-url': '' },
      failedAt: 'noon',
      digest: 'aaa',
    }
    const whole = { ...operation, revision: 4, rollbackTarget: 2, keepOnFailure: true, failure }
    const written = await store().write(lease('mine', { operation: whole }))
    expect((await store().read())?.operation).toEqual(whole)
    await store().write({ ...lease('mine'), ...written, operation: undefined })
    expect((await store().read())?.operation).toBeUndefined()
  })

  it.each<[string, LeaseObject | undefined]>([
    ['there was none', undefined],
    ['the last one was released', { metadata: { resourceVersion: '1' }, spec: { ...lease('') } }],
  ])('goes to one of two who acquire it at once (%s)', async (_title, there) => {
    const { store, holder } = fakeServer(there)
    const [one, other] = [store(), store()]
    const [first, second] = [await one.read(), await other.read()]
    const { resourceVersion } = first ?? {}
    expect(await one.write(lease('one', { resourceVersion }))).toBeDefined()
    expect(await other.write(lease('other', { resourceVersion: second?.resourceVersion }))).toBeUndefined()
    expect(holder()).toBe('one')
  })

  it('of another holder, or one that was deleted, is not written', async () => {
    const { store, remove, holder } = fakeServer()
    const mine = await store().write(lease('mine'))
    const theirs = await store().write(lease('theirs', { resourceVersion: mine?.resourceVersion }))
    expect(theirs).toBeDefined()
    expect(await store().write({ ...lease('mine'), ...mine })).toBeUndefined()
    expect(holder()).toBe('theirs')
    remove()
    expect(await store().write({ ...lease('theirs'), ...theirs })).toBeUndefined()
  })

  it.each([
    ['a connection that breaks', 'Unable to connect to the server: EOF'],
    ['a conflict, since kubectl tried again', '(Conflict)'],
    ['a refusal, since kubectl tried again', '(AlreadyExists)'],
  ])('is held if the write was done but its answer was lost: %s', async (_title, failure) => {
    const { store, loseAnswer, holder } = fakeServer()
    loseAnswer(failure)
    const created = await store().write(lease('mine'))
    expect(created).toMatchObject({ holderIdentity: 'mine', resourceVersion: '1' })
    loseAnswer(failure)
    const release = { ...lease(''), resourceVersion: '1', renewTime: '2026-03-01T12:02:00.000000Z' }
    expect(await store().write(release)).toMatchObject({ holderIdentity: '' })
    expect(holder()).toBe('')
  })

  it('is unknown where the API server does not answer at all', async () => {
    const { kubectl } = fakeServer()
    const silent = new Fault({ system: 'Kubernetes', call: 'kubectl', status: 1, detail: 'EOF', hint: '' })
    kubectl.create = async () => {
      throw silent
    }
    await expect(createLeaseStore(kubectl, 'digits', 'ml').write(lease('mine'))).rejects.toBe(silent)
  })

  it.each<[string, LeaseObject]>([
    [
      'its operation',
      {
        metadata: { resourceVersion: '1', annotations: { 'retrain-actions.github.io/operation': '{' } },
        spec: { ...lease('x') },
      },
    ],
    [
      'an operation of another shape',
      {
        metadata: {
          resourceVersion: '1',
          annotations: { 'retrain-actions.github.io/operation': '{"release":7}' },
        },
        spec: { ...lease('x') },
      },
    ],
    ['a time', { metadata: { resourceVersion: '1' }, spec: { ...lease('x'), renewTime: 'tomorrow' } }],
  ])('that cannot be read is an error that names the command to delete it: %s', async (_title, object) => {
    const reading = fakeServer(object).store().read()
    await expect(reading).rejects.toThrow(UserError)
    await expect(reading).rejects.toThrow(
      /^Lease retrain-actions.digits cannot be read: .* "kubectl delete lease retrain-actions.digits --namespace ml"\.$/,
    )
  })
})
