import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { listFiles, readFiles } from '../../src/adapters/tables/table-files.ts'
import { errorMessage, UserError } from '../../src/domain/core/errors.ts'
import { createNullTest } from '../../src/domain/data/cell-values.ts'
import { ProfileColumn } from '../../src/domain/data/column-profile.ts'
import { createDataCheck, type DataCheck } from '../../src/domain/data/data-check.ts'
import { inferSchema } from '../../src/domain/data/infer-schema.ts'
import { compilePattern } from '../../src/domain/data/pattern.ts'
import type { DataSchema, Shortcuts } from '../../src/domain/data/schema.ts'
import { quote } from '../../src/domain/table/messages.ts'
import { readDataSchema } from '../../src/policy/data/read-schema.ts'
import { writeDataSchema } from '../../src/policy/data/write-schema.ts'
import { readYamlInput } from '../../src/policy/yaml.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { buildOutcome, buildUnreadOutcome, type Validation } from './outcome.ts'
import { createSeverityOf } from './severities.ts'

type ValidateInputs = Inputs<typeof contract>
type NullTest = ReturnType<typeof createNullTest>

export interface Adapters {
  now(): Date
}

export const main = async (
  inputs: ValidateInputs,
  context: Context,
  adapters: Adapters = { now: () => new Date() },
): Promise<Outcome<typeof contract>> => {
  const now = adapters.now()
  const missing = { more: inputs['missing-values'], notMissing: inputs['not-missing'] }
  const isNull = createNullTest(missing)
  const rules = await loadRules(inputs, context, isNull, now.getTime())
  const common = { inputs, context, rules: rules.source, schemaSha256: rules.sha256, now }
  const cursor = { file: 0 }
  let check: DataCheck | undefined
  try {
    const paths = await listFiles('data', inputs.data, context.workspace)
    const read = await readFiles(paths, context.workspace, cursor, (names) => {
      check = createDataCheck(names, {
        cursor,
        isNull,
        severityOf: createSeverityOf(inputs.severity),
        compilePattern: requirePattern,
        schema: rules.schema,
        shortcuts: toShortcuts(inputs),
        now: now.getTime(),
      })
      return check.columns
    })
    const { rows, results } = check?.finish() ?? { rows: 0, results: [] }
    const validation: Validation = { ...common, ...read, rows, results }
    return buildOutcome(validation)
  } catch (error) {
    // An error that the user cannot fix is none of the data.
    if (!(error instanceof UserError)) throw error
    return buildUnreadOutcome(common, error)
  }
}

interface Rules {
  schema: DataSchema
  source: 'schema' | 'reference' | 'inputs'
  sha256: string | undefined
}

async function loadRules(
  inputs: ValidateInputs,
  context: Context,
  isNull: NullTest,
  now: number,
): Promise<Rules> {
  if (inputs.schema !== undefined) {
    const { text, file } = readYamlInput('schema', inputs.schema, context.workspace)
    const schema = readDataSchema(text, file ?? 'schema')
    if ('problems' in schema)
      throw new UserError(
        schema.problems.map(({ input, message }) => `Input ${input}: ${message}.`).join('\n'),
      )
    return { schema, source: 'schema', sha256: sha256(text) }
  }
  const empty: DataSchema = { columns: new Map(), table: {} }
  if (inputs.reference === undefined) return { schema: empty, source: 'inputs', sha256: undefined }
  const schema = await inferFromReference(inputs.reference, context, isNull, now)
  const text = writeDataSchema(schema)
  if (inputs['write-schema'] !== undefined) writeSchemaFile(inputs['write-schema'], text, context)
  return { schema, source: 'reference', sha256: sha256(text) }
}

async function inferFromReference(
  reference: readonly string[],
  { workspace }: Context,
  isNull: NullTest,
  now: number,
): Promise<DataSchema> {
  const paths = await listFiles('reference', reference, workspace)
  let columns: { name: string; column: ProfileColumn }[] = []
  await readFiles(paths, workspace, { file: 0 }, (names) => {
    columns = names.map((name) => ({ name, column: new ProfileColumn(isNull, now) }))
    return columns
  })
  const profiles = columns.map(({ name, column }) => column.profile(name))
  if ((profiles[0]?.cells ?? 0) === 0)
    throw new UserError(
      'Input reference: has no rows, so that no rules can be inferred. Set data that is known to be good.',
    )
  return inferSchema(profiles)
}

function writeSchemaFile(given: string, text: string, { workspace, log }: Context): void {
  const path = resolve(workspace, given)
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (cause) {
    throw new UserError(
      `Input write-schema: ${quote(given)} cannot be written (${errorMessage(cause)}). Set a path in the workspace.`,
      { cause },
    )
  }
  log.info(`Wrote the inferred schema to ${given}. Review it before you commit it.`)
}

function toShortcuts(inputs: ValidateInputs): Shortcuts {
  const { columns = [] } = inputs
  const [only] = columns
  const isCount = columns.length === 1 && only !== undefined && /^[0-9]{1,6}$/.test(only)
  return {
    maxMissing: inputs['max-missing'],
    columns: isCount ? Number(only) : columns.length > 0 ? columns : undefined,
    target: inputs.target,
    minClassCount: inputs['min-class-count'],
    range: inputs.range,
  }
}

/** Patterns were checked when the schema was read. */
function requirePattern(pattern: string): RegExp {
  const compiled = compilePattern(pattern)
  if (compiled instanceof RegExp) return compiled
  throw new Error(`the pattern ${pattern} cannot be used: ${compiled.problem}`)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export const validateData = defineAction(contract, (inputs, context) => main(inputs, context))
