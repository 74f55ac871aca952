import { slug } from '../../scripts/checkout.ts'
import type { Triggers } from '../github/triggers.ts'

/** A workflow file, parsed. `calls` are the local reusable workflows and composite actions that it uses, in turn. */
export type WorkflowFile = { name: string; document: WorkflowDocument; calls: object[] }

export type WorkflowDocument = { on?: Triggers; jobs?: Record<string, JobDocument> }
export type JobDocument = { name?: string; uses?: string; container?: unknown; services?: unknown }

/** What a workflow reads and needs. Names of secrets and variables are in upper case, because GitHub ignores their case. */
export type Requirements = {
  secrets: Set<string>
  vars: Set<string>
  /** Names of secrets and variables that a connection input of the suite gets, by the input. */
  connections: Map<string, string>
  /** Namespaces that an input of the suite names, and variables that can hold one. */
  namespaces: Set<string>
  /** Labels of runners, and variables that can hold one. */
  labels: Set<string>
  /** The values of all `uses:`. */
  uses: Set<string>
}

type Visit = (node: Record<string, unknown>) => void

/** Calls `visit` for each mapping of a parsed YAML document. */
const visitMappings = (node: unknown, visit: Visit): void => {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) visit(node as Record<string, unknown>)
  for (const child of Object.values(node)) visitMappings(child, visit)
}

const isSuite = (uses: string): boolean => new RegExp(`^${slug}[/@]`).test(uses)

/** Lists all values of `uses:` in a document. */
export const listUses = (document: unknown): string[] => {
  const found: string[] = []
  visitMappings(document, ({ uses }) => void (typeof uses === 'string' && found.push(uses)))
  return found
}

const documentsOf = ({ document, calls }: WorkflowFile): object[] => [document, ...calls]

/** Whether a workflow uses an action or a reusable workflow of the suite. */
export const usesSuite = (workflow: WorkflowFile): boolean =>
  documentsOf(workflow).flatMap(listUses).some(isSuite)

/** Lists the names of `secrets.NAME` or `vars.NAME` in the expressions of a text. */
const listNames = (context: 'secrets' | 'vars', text: string): string[] => {
  const pattern = new RegExp(`\\b${context}(?:\\.([A-Za-z_]\\w*)|\\[\\s*'([A-Za-z_]\\w*)'\\s*\\])`, 'g')
  return [...text.matchAll(pattern)].map(([, dotted, quoted]) => (dotted ?? quoted ?? '').toUpperCase())
}

const listExpressions = (text: string): string[] =>
  [...text.matchAll(/\$\{\{([\s\S]*?)\}\}/g)].map(([, expression = '']) => expression)

/** Inputs and secrets of the suite that the rig can provide. */
const CONNECTION_INPUTS = [
  ...['tracking-uri', 'pod-tracking-uri', 'tracking-username', 'tracking-password', 'tracking-token'],
  ...['workspace', 'kubeconfig', 'kube-context'],
]

/** Lists the names that a value can be: words, words in quotes of an expression, and variables as `vars.NAME`. */
const listPossibleNames = (value: string): string[] => {
  const expression = listExpressions(value).join(' ')
  if (expression === '') return value.match(/[\w.-]+/g) ?? []
  const quoted = (expression.match(/'[^']*'/g) ?? []).flatMap((text) => text.match(/[\w.-]+/g) ?? [])
  return [...quoted, ...listNames('vars', expression).map((name) => `vars.${name}`)]
}

/** Lists everything that a workflow, with the local files that it calls, reads and needs. */
export const listRequirements = (workflow: WorkflowFile): Requirements => {
  const found: Requirements = {
    ...{ secrets: new Set(), vars: new Set(), connections: new Map() },
    ...{ namespaces: new Set(), labels: new Set(), uses: new Set() },
  }
  const readConnections = (values: unknown): void => {
    if (typeof values !== 'object' || values === null) return
    for (const [input, value] of Object.entries(values)) {
      if (typeof value !== 'string') continue
      if (input === 'namespace') for (const name of listPossibleNames(value)) found.namespaces.add(name)
      const [expression, ...more] = listExpressions(value)
      if (!CONNECTION_INPUTS.includes(input) || expression === undefined || more.length > 0) continue
      for (const context of ['secrets', 'vars'] as const)
        for (const name of listNames(context, expression)) found.connections.set(name, input)
    }
  }
  visitMappings(documentsOf(workflow), (node) => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'string') {
        const expressions = (key === 'if' ? [value] : listExpressions(value)).join(' ')
        for (const name of listNames('secrets', expressions)) found.secrets.add(name)
        for (const name of listNames('vars', expressions)) found.vars.add(name)
      }
      if (key === 'runs-on' || key.endsWith('-runs-on'))
        for (const label of listPossibleNames(JSON.stringify(value))) found.labels.add(label)
    }
    if (typeof node.uses !== 'string') return
    found.uses.add(node.uses)
    if (!isSuite(node.uses)) return
    readConnections(node.with)
    readConnections(node.secrets)
  })
  return found
}

/** Lists the jobs that need Docker, which a try does not have. */
export const listContainerJobs = ({ document }: WorkflowFile): string[] =>
  Object.entries(document.jobs ?? {})
    .filter(([, job]) => job?.container !== undefined || job?.services !== undefined)
    .map(([id]) => id)
