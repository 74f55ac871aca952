import { type ReadDataset, readDataset } from '../../src/adapters/tables/read-dataset.ts'
import { listFiles } from '../../src/adapters/tables/table-files.ts'
import type { ColumnType } from '../../src/domain/drift/dataset.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

export type ReadSide = ReadDataset

/**
 * Reads the reference, or the current data with the types of the reference.
 * @param now milliseconds since 1970
 */
export async function readSide(
  side: 'reference' | 'current',
  inputs: Inputs<typeof contract>,
  { workspace }: Context,
  now: number,
  reference?: ReadSide,
): Promise<ReadSide> {
  const given: ReadonlyMap<string, ColumnType> = inputs.types ?? new Map()
  const inferred = (reference?.dataset.columns ?? []).map(({ name, type }) => [name, type] as const)
  return readDataset(await listFiles(side, inputs[side], workspace), {
    input: side,
    workspace,
    columns: inputs.columns.length > 0 ? inputs.columns : undefined,
    ignored: inputs['ignore-columns'],
    types: new Map([...inferred, ...given]),
    group: inputs.group,
    timeColumn: inputs['time-column'],
    sampleRows: inputs['sample-rows'],
    seed: Number(inputs.seed),
    now,
  })
}
