import type { LeaseStore } from '../../src/adapters/kubernetes/release/lease-store.ts'
import type { OutboxStore } from '../../src/adapters/kubernetes/release/state-config-map.ts'
import type { Lease } from '../../src/domain/release/lease.ts'
import type { FailureRecord } from '../../src/domain/release/recovery-plan.ts'

/** A Lease object in memory, with the optimistic locking of the API server. */
export interface FakeLeaseStore extends LeaseStore {
  current(): Lease | undefined
  /** Writes without the version check, as another process would. */
  set(lease: Lease | undefined): void
}

export function fakeLeaseStore(): FakeLeaseStore {
  let version = 0
  let stored: Lease | undefined
  const set = (lease: Lease | undefined) => {
    version += 1
    stored = lease && { ...structuredClone(lease), resourceVersion: String(version) }
  }
  return {
    current: () => stored,
    set,
    read: async () => structuredClone(stored),
    async write(lease) {
      if (lease.resourceVersion !== stored?.resourceVersion) return undefined
      set(lease)
      return structuredClone(stored)
    },
  }
}

export function fakeOutbox(): OutboxStore {
  let stored: readonly FailureRecord[] = []
  return {
    read: async () => structuredClone(stored),
    async update(change) {
      stored = structuredClone(change(stored))
    },
  }
}
