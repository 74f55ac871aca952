import { type ReadDataset, readDataset } from '../../src/adapters/tables/read-dataset.ts'
import { listFiles } from '../../src/adapters/tables/table-files.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import type { ColumnType, Dataset } from '../../src/domain/drift/dataset.ts'
import { formatRowCount, listColumns } from '../../src/domain/table/messages.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

export type ReadSide = ReadDataset
type DriftInputs = Inputs<typeof contract>

/**
 * Reads the reference, or the current data with the types of the reference.
 * @param now milliseconds since 1970
 */
export async function readSide(
  side: 'reference' | 'current',
  inputs: DriftInputs,
  { workspace }: Context,
  now: number,
  reference?: ReadSide,
): Promise<ReadSide> {
  const given: ReadonlyMap<string, ColumnType> = inputs.types ?? new Map()
  const inferred = (reference?.dataset.columns ?? []).map(({ name, type }) => [name, type] as const)
  const estimated = listEstimateColumns(inputs)
  return readDataset(await listFiles(side, inputs[side] ?? [], workspace), {
    input: side,
    workspace,
    columns: inputs.columns.length > 0 ? [...inputs.columns, ...estimated] : undefined,
    ignored: inputs['ignore-columns'].filter((name) => !estimated.includes(name)),
    types: new Map([...inferred, ...given]),
    group: inputs.group,
    timeColumn: inputs['time-column'],
    sampleRows: inputs['sample-rows'],
    seed: Number(inputs.seed),
    now,
  })
}

function listEstimateColumns(inputs: DriftInputs): string[] {
  if (!inputs.estimate) return []
  return (['estimate-target', 'estimate-score', 'estimate-prediction'] as const).flatMap(
    (name) => inputs[name] ?? [],
  )
}

/** The columns that are compared: without the label, and without what is read for the estimate only. */
export function selectCompared(dataset: Dataset, inputs: DriftInputs): Dataset {
  const target = inputs.estimate ? inputs['estimate-target'] : undefined
  const isCompared = (name: string) =>
    name !== target &&
    !inputs['ignore-columns'].includes(name) &&
    (inputs.columns.length === 0 || inputs.columns.includes(name))
  return { ...dataset, columns: dataset.columns.filter(({ name }) => isCompared(name)) }
}

/** @throws UserError if an input names a column that the reference does not have: a typing error must not hide drift */
export function assertKnownColumns(inputs: DriftInputs, { dataset }: ReadSide): void {
  const known = dataset.columns.map(({ name }) => name)
  const named = {
    columns: inputs.columns,
    'critical-columns': inputs['critical-columns'],
    types: [...(inputs.types?.keys() ?? [])].filter((name) => !inputs['ignore-columns'].includes(name)),
  }
  for (const [input, names] of Object.entries(named)) {
    const unknown = names.filter(
      (name) => !known.includes(name) && name !== inputs.group && name !== inputs['time-column'],
    )
    if (unknown.length > 0)
      throw new UserError(
        `Input ${input}: the reference has no column ${listColumns(unknown)}. It has ${listColumns(known)}.`,
      )
  }
}

/** @throws UserError if a comparison of the sides would say nothing */
export function assertComparable(inputs: DriftInputs, reference: ReadSide, current: ReadSide): void {
  if (reference.sha256 === current.sha256)
    throw new UserError(
      'Inputs reference and current are the same data, so that no drift could be found. Set current to what the model gets now.',
    )
  for (const [input, side] of Object.entries({ reference, current })) {
    const { rows } = side.dataset
    if (rows < inputs['min-rows'])
      throw new UserError(
        `Input ${input}: has ${formatRowCount(rows)}, but min-rows is ${inputs['min-rows']}. Set more data, or a smaller min-rows.`,
      )
  }
}
