import type { Waiting } from '../../actions/lease/claim.ts'

/** Time that passes in no time: whoever pauses finds it later. */
export function hurried(jobs: Waiting['jobs'] = async () => undefined): Waiting {
  let now = Date.now()
  return {
    jobs,
    now: () => now,
    pause: async (milliseconds) => {
      now += milliseconds
      // Others have their turn meanwhile.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
