import { type Choose, readTable, type TableFile, type Wanted } from '../../src/adapters/tables/read-table.ts'
import { sha256 } from '../../src/adapters/tables/sha256.ts'
import { UserError } from '../../src/domain/failure.ts'
import { Overlap } from '../../src/domain/gate/holdout.ts'
import { classOf, momentOf } from '../../src/domain/gate/join-cells.ts'
import { Codes, type Column, Numbers, Texts } from '../../src/domain/gate/join-columns.ts'
import { type Holdout, holdoutRows } from '../../src/domain/gate/join-holdout.ts'
import { type Joined, joinPredictions, Places } from '../../src/domain/gate/join-predictions.ts'
import { columnList, quoted } from '../../src/domain/gate/join-words.ts'
import type { GatePolicy, HoldoutPolicy } from '../../src/domain/gate/policy.ts'
import type { Labels } from '../../src/domain/gate/rows.ts'

const PROBABILITY = 'proba_'

/**
 * Reads the labels, and whatever else the policy names of each row.
 * @throws UserError where the file, a column or a cell of it cannot be used
 */
export async function readHoldout(
  file: TableFile,
  policy: GatePolicy,
  holdout: HoldoutPolicy,
  labels: Labels['kind'],
): Promise<Holdout> {
  const named = new Set([
    ...policy.slices.map(({ column }) => column),
    ...policy.guardrails.flatMap(({ across }) => across ?? []),
  ])
  const columns = {
    ids: new Texts(),
    labels: labels === 'numbers' ? new Numbers() : new Codes(classOf),
    groups: holdout.group === undefined ? undefined : new Codes(),
    queries: holdout.query === undefined ? undefined : new Codes(),
    weights: holdout.weight === undefined ? undefined : new Numbers(),
    times: holdout.time === undefined ? undefined : new Numbers(momentOf),
    columns: new Map([...named].map((name) => [name, new Codes()])),
  }
  const unit = await readTable(file, () =>
    [
      wanted(holdout.label, columns.labels),
      wanted(holdout.group, columns.groups),
      wanted(holdout.query, columns.queries),
      wanted(holdout.weight, columns.weights),
      wanted(holdout.time, columns.times),
      ...[...columns.columns].map(([name, column]) => wanted(name, column)),
      // The largest comes last, so that a Parquet's other columns are unpacked without it in memory.
      wanted(holdout.id, columns.ids),
    ].flat(),
  )
  return holdoutRows(columns, holdout, { called: file.called, unit }, sha256)
}

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
      ...(names.includes('prediction') ? wanted('prediction', columns.prediction) : []),
      ...(names.includes('score') ? wanted('score', columns.score) : []),
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
    return [...said, ...wanted(idIn(names, policy), columns.places)]
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
  await readTable(file, (names) => wanted(idIn(names, policy), overlap))
  return overlap.reason(who)
}

function wanted(name: string | undefined, column: Column | undefined): Wanted[] {
  return name === undefined || column === undefined ? [] : [{ name, column }]
}

/** What the policy calls the id, or `id`. */
function idIn(names: readonly string[], { id }: HoldoutPolicy): string {
  return names.includes(id) ? id : 'id'
}
