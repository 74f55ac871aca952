import { type Choose, readTable, type TableFile, type Wanted } from '../../src/adapters/tables/read-table.ts'
import { sha256 } from '../../src/adapters/tables/sha256.ts'
import { UserError } from '../../src/domain/failure.ts'
import { Overlap } from '../../src/domain/gate/holdout.ts'
import { classOf } from '../../src/domain/gate/join-cells.ts'
import { Codes, Numbers } from '../../src/domain/gate/join-columns.ts'
import type { Holdout } from '../../src/domain/gate/join-holdout.ts'
import { type Joined, joinPredictions, Places } from '../../src/domain/gate/join-predictions.ts'
import { columnList, quoted } from '../../src/domain/gate/join-words.ts'
import type { HoldoutPolicy } from '../../src/domain/gate/policy.ts'

const PROBABILITY = 'proba_'

/**
 * Reads what one model says of the holdout's rows. Its columns are `id` (or what the policy calls it), `prediction`,
 * `score` and `proba_<class>`, at least one of the latter three; a label in it counts for nothing.
 * @throws UserError where the file cannot be used
 */
export async function readPredictions(
  file: TableFile,
  holdout: Holdout,
  policy: HoldoutPolicy,
): Promise<Joined> {
  const isClasses = holdout.rows.labels.kind === 'classes'
  const probabilities = new Map<string, Numbers>()
  const columns = {
    places: new Places(holdout),
    prediction: isClasses ? new Codes(classOf) : new Numbers(),
    score: new Numbers(),
  }
  let there: readonly string[] = []
  const choose: Choose = (names) => {
    there = names
    const said: Wanted[] = [
      ...(names.includes('prediction') ? [{ name: 'prediction', column: columns.prediction }] : []),
      ...(names.includes('score') ? [{ name: 'score', column: columns.score }] : []),
    ]
    for (const name of isClasses ? names.filter((one) => one.startsWith(PROBABILITY)) : []) {
      const [of, column] = [classOf(name.slice(PROBABILITY.length)) ?? '', new Numbers()]
      if (probabilities.has(of))
        throw new UserError(`${file.called}: two columns are the probability of ${quoted(of)}.`)
      probabilities.set(of, column)
      said.push({ name, column })
    }
    if (said.length === 0)
      throw new UserError(
        `${file.called}: has ${columnList(names)}; write prediction, score, or a proba_<class> for each class.`,
      )
    return [...said, { name: idIn(names, policy), column: columns.places }]
  }
  await readTable(file, choose)
  const joined = joinPredictions(
    holdout,
    {
      places: columns.places,
      prediction: there.includes('prediction') ? columns.prediction : undefined,
      score: there.includes('score') ? columns.score : undefined,
      probabilities,
    },
    sha256,
  )
  if ('failure' in joined || !there.includes(policy.label)) return joined
  const ignored = `the column ${quoted(policy.label)} of the predictions is not read: labels come from the holdout`
  return { ...joined, notes: [...joined.notes, ignored] }
}

/** Why a model's training speaks against the holdout, by the ids that it was trained on. @throws UserError as above */
export async function readOverlap(
  file: TableFile,
  holdout: Holdout,
  policy: HoldoutPolicy,
  who: string,
): Promise<string | undefined> {
  const overlap = new Overlap(holdout)
  await readTable(file, (names) => [{ name: idIn(names, policy), column: overlap }])
  return overlap.reason(who)
}

/** What the policy calls the id, or `id`. */
export function idIn(names: readonly string[], { id }: HoldoutPolicy): string {
  return names.includes(id) ? id : 'id'
}
