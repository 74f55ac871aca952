import type { Release } from '../../src/adapters/kubernetes/release/release.ts'
import { formatHolderIdentity, formatMicroTime, type Lease } from '../../src/domain/release/lease.ts'
import { createLeaseRequest, type LeaseRequest } from '../../src/release/lease/lease-request.ts'
import { type FakeContext, fakeContext } from './context.ts'
import { type FakeLeaseEnvironment, fakeLeaseEnvironment } from './lease-environment.ts'
import type { FakeRelease } from './release.ts'

export const minute = 60_000

/** The identity of a holder on another runner, by default in another run. */
export const holderIdentity = (changes: Partial<Parameters<typeof formatHolderIdentity>[0]> = {}) =>
  formatHolderIdentity({
    action: 'helm-deploy',
    url: 'https://github.com/shop/digits/actions/runs/70',
    attempt: '1',
    runner: 'r70',
    id: 'theirs',
    ...changes,
  })

/** A lease of that holder, renewed now. */
export const foreignLease = (changes: Partial<Lease> = {}): Lease => ({
  holderIdentity: holderIdentity(),
  acquireTime: formatMicroTime(Date.now() - minute),
  renewTime: formatMicroTime(Date.now()),
  leaseDurationSeconds: 60,
  leaseTransitions: 0,
  ...changes,
})

/** A lease whose holder stopped renewing it two minutes ago. */
export const expiredLease = (changes: Partial<Lease> = {}): Lease =>
  foreignLease({ renewTime: formatMicroTime(Date.now() - 2 * minute), ...changes })

export const operation = {
  release: 'digits',
  namespace: 'ml',
  previousRevision: 1,
  isInstall: false,
  version: '8',
}

/** The same operation after Helm wrote its revision. */
export const writtenOperation = { ...operation, revision: 2 }

/** Stores a lease of another holder in the release. */
export function setLease(fake: FakeRelease, lease: Lease): FakeRelease {
  fake.release.lease.set(lease)
  return fake
}

/** Creates the lease request of the job under test. */
export function leaseRequest(
  changes: Partial<LeaseRequest> = {},
  cancelled = new AbortController().signal,
): LeaseRequest & { context: FakeContext; messages: string[]; leaseEnvironment: FakeLeaseEnvironment } {
  const context = fakeContext({ cancelled, env: { RUNNER_NAME: 'r77' } })
  const leaseEnvironment = fakeLeaseEnvironment()
  const request = createLeaseRequest('helm-deploy', { timeout: minute }, context)
  return { ...request, ...changes, context, leaseEnvironment, messages: context.messages }
}

/** Reads the lease; undefined if it is released without an operation to recover. */
export async function readUnreleasedLease({ lease }: Pick<Release, 'lease'>): Promise<Lease | undefined> {
  const found = await lease.read()
  return found && (found.holderIdentity !== '' || found.operation) ? found : undefined
}
