import { pendingRevision, type Revision } from './history.ts'
import { capital, type Finding, type Reading } from './reconcile-reading.ts'

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
      said: `${capital(holder.words)} has died and left release ${release} half done: ${holder.left}.`,
      cure: 'Let reconcile put it right (repair: true), or run helm-deploy again, which does so first.',
    })
  const pending = pendingRevision(history)
  if (!pending || found.length > 0) return found
  return [...found, heldBy(pending, reading)]
}

/** Nobody's lease: a bare helm, of which only the age is known. */
function heldBy(
  pending: Revision,
  { release, now, budget }: Pick<Reading, 'release' | 'now' | 'budget'>,
): Finding {
  const what = `revision ${pending.revision} of release ${release} is ${pending.status} since ${pending.updated}`
  return now - Date.parse(pending.updated) > budget
    ? {
        kind: 'stuck',
        weight: 'wrong',
        said: `A helm has died over release ${release}: ${what}.`,
        cure: `Run helm-deploy again, which frees it, or "helm rollback ${release} REVISION" with one that was good.`,
      }
    : {
        kind: 'under-way',
        weight: 'busy',
        said: `Another helm is at work: ${what}.`,
        cure: 'Nothing to do: the next look comes after it has ended.',
      }
}
