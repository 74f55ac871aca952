import { decide } from '../../src/domain/rollback.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { contract } from './contract.ts'
import { ended } from './ended.ts'
import { finish, goBackTo } from './going-back.ts'
import { errorIn, foundIn, type Given, orderOf, survey } from './survey.ts'
import { firstThatFits } from './targets.ts'

/** Reads, decides, acts. Run again after it was killed anywhere, it finishes what it began. */
export async function rollBack(given: Given): Promise<Outcome<typeof contract>> {
  const found = await survey(given)
  const named = found.inputs['bad-model-version']
  const wrong = errorIn(found)
  const { live } = found
  if (wrong !== undefined || !live)
    return ended(found, {
      outcome: 'refused',
      bad: named === 'live' ? '' : named,
      why: wrong ?? '',
      red: true,
    })

  const decision = decide(orderOf(found), foundIn(found, live))
  const { bad } = decision
  if (decision.kind === 'refused')
    return ended(found, { ...decision, outcome: 'refused', red: decision.misuse ?? false })
  if (decision.kind === 'gone-back') {
    if (!decision.to.mark) return finish(found, bad, decision.to)
    return ended(found, {
      outcome: 'unchanged',
      bad,
      why: `release ${found.release.name} has gone back from version ${bad} already`,
    })
  }
  const { target, passedOver } = await firstThatFits(found, bad, decision.targets)
  found.notes.push(...passedOver)
  if (target) return goBackTo(found, bad, target)
  const chosen = found.inputs['to-revision'] !== undefined
  const why = chosen
    ? `Input to-revision: ${passedOver.join('; ')}`
    : `there is nothing good to go back to, so the cure is a retrain: ${passedOver.join('; ')}`
  return ended(found, { outcome: 'refused', bad, why, retrain: !chosen, red: chosen })
}
