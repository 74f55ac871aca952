import { compilePattern, type PatternProblem } from '../../domain/data/pattern.ts'
import type { ColumnRules, DataSchema, TableRules } from '../../domain/data/schema.ts'
import type { Problem } from '../../runtime/contract.ts'
import { quote } from '../../runtime/fields.ts'
import { type Path, readYaml, type YamlDocument } from '../yaml.ts'
import { type SchemaProblem, toSchemaProblems } from '../zod-issue-paths.ts'
import { columnSchema, fileSchema, findRuleConflicts } from './data-schema.ts'

const MAX_PROBLEMS = 20

const PATTERN_PROBLEMS: Record<PatternProblem, string> = {
  syntax: 'is not a regular expression of JavaScript (with flag u)',
  lookaround: 'has a lookaround (?=, ?!, ?<=, ?<!), which is not supported',
  backreference: 'has a backreference, which is not supported',
  'repeated-group':
    'repeats a group of variable length or with alternatives, which may take forever. Write [ab]* instead of (a|b)*, and a+ instead of (a+)+',
  'too-many-variable-parts':
    'has more than three parts of variable length (*, +, {n,m}), which may take very long. Check less of the cell',
}

/** Whether the key at a path is the name of a column, which keeps its dashes. */
function isColumnName(path: Path): boolean {
  return path.length === 2 && path[0] === 'columns'
}

/**
 * Reads the schema of data from YAML, or all its problems.
 * @param label name in messages, such as "data-schema.yml"
 */
export function readDataSchema(text: string, label: string): DataSchema | { problems: Problem[] } {
  const toProblem = (line: number | undefined, message: string): Problem => ({
    input: 'schema',
    message: `${label}${line === undefined ? '' : `, line ${line}`}: ${message}`,
  })
  const read = readYaml(text, isColumnName, 'a schema of data')
  if (Array.isArray(read))
    return { problems: limit(read.map(({ line, message }) => toProblem(line, message))) }
  if (read.value === null) return { problems: [toProblem(undefined, 'is empty. Write columns or table')] }
  const parsed = fileSchema.safeParse(read.value, { reportInput: true })
  const table: TableRules = parsed.success ? (parsed.data.table ?? {}) : {}
  const { columns, problems } = readColumns(read)
  const all = [...(parsed.success ? [] : toSchemaProblems(parsed.error.issues)), ...problems]
  if (all.length > 0) {
    const sorted = all.sort((a, b) => read.line(a.path) - read.line(b.path))
    const found = sorted.map(({ path, subject, message }) =>
      toProblem(read.line(path), `${formatPath(subject)}${message}`),
    )
    return { problems: limit(found) }
  }
  if (columns.size === 0 && Object.keys(table).length === 0)
    return { problems: [toProblem(undefined, 'has no rules. Write columns or table')] }
  return { columns, table }
}

function readColumns({ value }: YamlDocument): {
  columns: Map<string, ColumnRules>
  problems: SchemaProblem[]
} {
  const columns = new Map<string, ColumnRules>()
  const written = (value as { columns?: unknown }).columns
  if (written === undefined) return { columns, problems: [] }
  const at: Path = ['columns']
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    const message = 'is not a mapping of names to rules. Write {age: {type: integer}}'
    return { columns, problems: [{ path: at, subject: at, message }] }
  }
  const problems = Object.entries(written).flatMap(([name, rules]): SchemaProblem[] => {
    const path = [...at, name]
    const parsed = columnSchema.safeParse(rules, { reportInput: true })
    if (!parsed.success) return toSchemaProblems(parsed.error.issues, path)
    columns.set(name, parsed.data)
    const conflicts = [...findRuleConflicts(parsed.data), ...findPatternProblem(parsed.data)]
    return conflicts.map(({ key, message }) => ({ path: [...path, key], subject: [...path, key], message }))
  })
  return { columns, problems }
}

function findPatternProblem({ regex }: ColumnRules): { key: string; message: string }[] {
  const compiled = regex && compilePattern(regex.value)
  if (!compiled || compiled instanceof RegExp) return []
  return [{ key: 'regex', message: PATTERN_PROBLEMS[compiled.problem] }]
}

function limit(problems: Problem[]): Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems
  return [
    ...problems.slice(0, MAX_PROBLEMS),
    { input: 'schema', message: `and ${problems.length - MAX_PROBLEMS} more` },
  ]
}

/** `columns.age.min `; empty for the whole document. */
function formatPath(path: Path): string {
  const parts = path.map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${/^\w{1,40}$/.test(part) ? part : quote(part)}`,
  )
  return parts.length === 0 ? '' : `${parts.join('').slice(1)} `
}
