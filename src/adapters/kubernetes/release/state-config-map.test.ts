import { describe, expect, it } from 'vitest'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { createStateStore } from './state-config-map.ts'

interface ConfigMap {
  metadata: { resourceVersion: string }
  data: Record<string, string>
}

/** One ConfigMap, as the API server keeps it. */
function fakeServer(data?: Record<string, string>) {
  let object: ConfigMap | undefined = data && { metadata: { resourceVersion: '1' }, data }
  let beforeWrite = () => {}
  const refuse = (reason: string): never => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl', status: 1, detail: `(${reason})`, hint: '' })
  }
  const set = (next: Record<string, string | null>) => {
    const kept = Object.entries(next).filter((entry): entry is [string, string] => entry[1] !== null)
    const resourceVersion = String(Number(object?.metadata.resourceVersion ?? 0) + 1)
    object = { metadata: { resourceVersion }, data: Object.fromEntries(kept) }
  }
  const kubectl: Kubectl = {
    get: async () => structuredClone(object),
    async create(given) {
      beforeWrite()
      if (object) return refuse('AlreadyExists')
      set((given as ConfigMap).data)
      return object
    },
    async run(args) {
      beforeWrite()
      const change = JSON.parse(args[args.indexOf('--patch') + 1] ?? '') as Partial<ConfigMap>
      if (!object) return refuse('NotFound')
      const version = change.metadata?.resourceVersion
      if (version !== undefined && version !== object.metadata.resourceVersion) return refuse('Conflict')
      set({ ...object.data, ...change.data })
      return ''
    },
  }
  return {
    store: () => createStateStore(kubectl, 'digits', 'ml'),
    data: () => object?.data,
    /** Another process writes right before the next write. */
    writeBetween: (next: Record<string, string>) => {
      beforeWrite = () => {
        beforeWrite = () => {}
        set({ ...object?.data, ...next })
      }
    },
  }
}

const record = (version: string) => ({ model: 'fraud', version, tags: { a: 'b' }, failedAt: 'noon' })
const verified = (revision: number) => ({
  revision,
  updated: `t${revision}`,
  model: 'fraud',
  version: '7',
  digest: '',
  run: '',
  verifiedAt: 'noon',
})
const history = [1, 2].map((revision) => ({
  revision,
  updated: `t${revision}`,
  status: 'deployed',
  chart: '',
  description: '',
  isRollback: false,
}))

describe('the outbox of a release', () => {
  it('is read by the next process, and gone once it is empty', async () => {
    const { store, data } = fakeServer()
    expect(await store().outbox.read()).toEqual([])
    await store().outbox.update((pending) => [...pending, record('8')])
    await store().outbox.update((pending) => [...pending, record('9')])
    expect(await store().outbox.read()).toEqual([record('8'), record('9')])
    expect(data()).toMatchObject({ schema: '1' })
    await store().outbox.update(() => [])
    expect(data()).toEqual({ schema: '1' })
  })

  it('loses nothing that another process writes at the same time', async () => {
    const { store, writeBetween } = fakeServer({ schema: '1' })
    writeBetween({ 'pending-tags': JSON.stringify([record('7')]) })
    await store().outbox.update((pending) => [...pending, record('8')])
    expect(await store().outbox.read()).toEqual([record('7'), record('8')])
    const created = fakeServer()
    created.writeBetween({ 'revision.1': JSON.stringify(verified(1)) })
    await created.store().outbox.update(() => [record('8')])
    expect(Object.keys(created.data() ?? {})).toEqual(['revision.1', 'schema', 'pending-tags'])
  })

  it('stays when a revision is verified, and verified revisions stay when it changes', async () => {
    const { store } = fakeServer()
    const own = store()
    await own.recordVerifiedRevision(verified(1), history)
    await own.outbox.update(() => [record('8')])
    await own.recordVerifiedRevision(verified(2), history)
    expect(await store().readVerifiedRevisions()).toEqual([verified(1), verified(2)])
    expect(await store().outbox.read()).toEqual([record('8')])
  })

  it.each(['{', '[{"model":7}]'])(
    'that cannot be read is an error, so that no failure is lost: %s',
    async (text) => {
      const { store } = fakeServer({ 'pending-tags': text })
      for (const use of [store().outbox.read(), store().outbox.update(() => [])]) {
        await expect(use).rejects.toThrow(UserError)
        await expect(use).rejects.toThrow(
          /pending-tags of ConfigMap retrain-actions.digits cannot be read.*kubectl patch/,
        )
      }
    },
  )
})
