import { noColumn, readTable, type TableFile } from '../../src/adapters/tables/read-table.ts'
import { sha256 } from '../../src/adapters/tables/sha256.ts'
import { UserError } from '../../src/domain/failure.ts'
import { classOf } from '../../src/domain/gate/join-cells.ts'
import { Codes, Numbers, Texts } from '../../src/domain/gate/join-columns.ts'
import { type Extra, extrasOf } from '../../src/domain/gate/join-extras.ts'
import { type Holdout, holdoutRows, type Index, indexed } from '../../src/domain/gate/join-holdout.ts'
import { agreed, type Lent, lentBy } from '../../src/domain/gate/join-lent.ts'
import { Places } from '../../src/domain/gate/join-predictions.ts'
import { quoted, rowCount } from '../../src/domain/gate/join-words.ts'
import type { GatePolicy, HoldoutPolicy } from '../../src/domain/gate/policy.ts'
import type { Labels } from '../../src/domain/gate/rows.ts'
import { idIn } from './same-rows-tables.ts'

/** A predictions file that the user gives, and whose it is. */
export interface Lender {
  who: 'candidate' | 'champion' | 'anchor'
  file: TableFile
}

/**
 * Reads the labels, and whatever else the policy names of each row. Columns that the holdout lacks are taken from the
 * lenders, where they agree; the rows and their digest are the same as if they had stood in the holdout.
 * @param lenders what a script writes is none, and the candidate alone lends nothing: the model under judgement must not
 * say which rows belong together, or how much they weigh
 * @throws UserError where a file, a column or a cell of it cannot be used
 */
export async function readHoldout(
  file: TableFile,
  policy: GatePolicy,
  holdout: HoldoutPolicy,
  kind: Labels['kind'],
  lenders: readonly Lender[],
): Promise<{ holdout: Holdout; notes: string[] }> {
  const ids = new Texts()
  const labels = kind === 'numbers' ? new Numbers() : new Codes(classOf)
  const all = extrasOf(policy, holdout)
  let there: readonly string[] = []
  const unit = await readTable(file, (names) => {
    there = names
    const own = lenders.length === 0 ? all : present(all, names)
    // The largest comes last, so that a Parquet's other columns are unpacked without it in memory.
    return [{ name: holdout.label, column: labels }, ...own, { name: holdout.id, column: ids }]
  })
  const named = { called: file.called, unit }
  const index = indexed(ids, holdout, named)
  const own = present(all, there)
  const missing = new Set(all.filter((extra) => !own.includes(extra)).map(({ name }) => name))
  const lent = missing.size === 0 ? [] : await lentColumns(missing)
  const whole = holdoutRows(index, { labels, extras: own }, lent, holdout, named, sha256)
  const weightless = index.ids.length - whole.ids.length
  return {
    holdout: whole,
    notes: [
      ...[...missing].map(
        (name) => `the holdout lacks the column ${quoted(name)}: it is that of the predictions`,
      ),
      ...(weightless > 0 ? [`${rowCount(weightless)} of the holdout with the weight 0: left out`] : []),
    ],
  }

  async function lentColumns(names: ReadonlySet<string>): Promise<Lent['extras']> {
    let lent: Lent | undefined
    let failure = ''
    let confirmed = false
    for (const { who, file } of lenders) {
      const fresh = extrasOf(policy, holdout).filter(({ name }) => names.has(name))
      const one = await readLender(file, fresh, index, holdout)
      if (typeof one === 'string') failure ||= one
      else {
        lent = lent ? agreed(lent, one, index.ids) : one
        confirmed ||= who !== 'candidate'
      }
    }
    const nowhere = [...names].find((name) => !lent?.extras.some((extra) => extra.name === name))
    if (confirmed && nowhere === undefined) return lent?.extras ?? []
    throw new UserError(`${noColumn(file.called, nowhere ?? [...names][0] ?? '', there)} (${reason()}).`)

    function reason(): string {
      if (!lent) return `which could come from the predictions, but ${failure}`
      if (nowhere !== undefined) return 'nor do the predictions have it'
      const alone =
        "it must be in the holdout: of the models, only the candidate's predictions could be asked"
      return failure ? `${alone}, since ${failure}` : alone
    }
  }
}

async function readLender(
  file: TableFile,
  extras: readonly Extra[],
  index: Index,
  policy: HoldoutPolicy,
): Promise<Lent | string> {
  const places = new Places(index)
  let has: readonly Extra[] = []
  await readTable(file, (names) => {
    has = present(extras, names)
    return [...has, { name: idIn(names, policy), column: places }]
  })
  return lentBy(file.called, places, has, index.ids)
}

function present(extras: readonly Extra[], names: readonly string[]): Extra[] {
  return extras.filter(({ name }) => names.includes(name))
}
