import { capital } from './capital.ts'
import type { Finding, Reading } from './reconcile-reading.ts'
import { stray } from './rollout-recovery.ts'

/** Who is at work on the release, or died over it. */
export function busyWith(
  reading: Pick<Reading, 'release' | 'history' | 'holder' | 'now' | 'budget'>,
): Finding[] {
  const { release, holder, history } = reading
  if (holder?.alive)
    return [
      {
        kind: 'under-way',
        weight: 'busy',
        said: `Release ${release} is being worked on, by ${holder.words}.`,
        cure: 'Nothing to do: the next look comes after it has ended.',
      },
    ]
  const found: Finding[] = []
  if (holder?.left !== undefined)
    found.push({
      kind: 'left-behind',
      weight: 'wrong',
      said: `${capital(holder.words)} ${holder.left}.`,
      cure: 'Let reconcile put it right (repair: true), or run helm-deploy again, which does so first.',
    })
  // Nobody's lease: a bare helm, of which only the age is known.
  const held = stray(history, reading)
  return held && found.length === 0 ? [heldBy(held, release)] : found
}

function heldBy(
  { revision: pending, over }: NonNullable<ReturnType<typeof stray>>,
  release: string,
): Finding {
  const what = `revision ${pending.revision} of release ${release} is ${pending.status} since ${pending.updated}`
  return over
    ? {
        kind: 'stuck',
        weight: 'wrong',
        said: `A helm has died over release ${release}: ${what}.`,
        cure: 'Let reconcile free it (repair: true), or run helm-deploy again, which does so first.',
      }
    : {
        kind: 'under-way',
        weight: 'busy',
        said: `Another helm is at work: ${what}.`,
        cure: 'Nothing to do: the next look comes after it has ended.',
      }
}
