import type { Claim, Waiting } from '../../actions/lease/claim.ts'
import type { JobSeen, Lease } from '../../src/domain/lease.ts'
import { quietContext } from './context.ts'
import type { FakeRelease } from './release.ts'
import { hurried } from './waiting.ts'

export const minute = 60_000
export const at = (offset: number) => new Date(Date.now() + offset).toISOString()
/** Of a run that is none of ours, and that began a minute ago. */
export const foreign = (changes: Partial<Lease> = {}): Lease => ({
  id: 'theirs',
  action: 'helm-deploy',
  repository: 'shop/digits',
  run: '70',
  attempt: '1',
  runner: 'r70',
  url: 'https://github.com/shop/digits/actions/runs/70',
  since: at(-minute),
  until: at(11 * minute),
  ...changes,
})
export const underway = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8' }
/** What GitHub says of it then. */
export const over: JobSeen[] = [{ status: 'completed', runner: 'r70' }]

/** The release in the hands of another. */
export async function held(fake: FakeRelease, lease: Lease) {
  await fake.release.lease.swap(undefined, lease)
  return fake
}

/** Our own claim; GitHub says this of who holds it. */
export function claim(
  jobs?: JobSeen[],
  cancelled = new AbortController().signal,
): Claim & { said: string[]; waiting: Waiting } {
  const context = quietContext({ cancelled, env: { RUNNER_NAME: 'r77' } })
  const waiting = hurried(async () => jobs)
  const times = { timeout: minute, budget: 12 * minute }
  return { action: 'helm-deploy', context, githubToken: 't', ...times, waiting, said: context.said }
}
