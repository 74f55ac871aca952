import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { actions } from '../src/index.ts'
import { policyJsonSchema } from '../src/runtime/policy/json-schema.ts'
import { renderGateErrors } from './bench/gate-errors-table.ts'
import { renderBadDeploys, renderFailures, renderMachine, renderSlowDeploys } from './bench/rollout/table.ts'
import { at } from './checkout.ts'
import { jsonText } from './json-text.ts'
import { renderPolicyKeys } from './policy-table.ts'
import { exactTag, majorTag, slug } from './project.ts'
import {
  renderActions,
  renderActionYml,
  renderInputs,
  renderOutputs,
  renderUsage,
  type Shown,
  shown,
} from './render.ts'
import { readComposite, renderWorkflow } from './workflow-table.ts'

/** Every file that is made from another one, as path -> content. Nothing is written here, so that a check can compare. */
export function generated(): Map<string, string> {
  const files = new Map<string, string>()
  const contracts = Object.values(actions).map((action) => action.contract)
  for (const contract of contracts) {
    const folder = `actions/${contract.name}`
    files.set(contract.root ? 'action.yml' : `${folder}/action.yml`, renderActionYml(contract))
    fill(files, `${folder}/README.md`, {
      usage: renderUsage(contract),
      inputs: renderInputs(contract),
      outputs: renderOutputs(contract),
    })
    for (const [output, form] of Object.entries(contract.reports ?? {})) {
      const path = `${folder}/${output}.schema.json`
      files.set(path, jsonText({ ...z.toJSONSchema(form as z.ZodType), $id: address(path) }))
    }
  }
  for (const path of sources(['.github/workflows/*.yml', '{action.yml,actions/*/action.yml}'])) {
    const content = files.get(path) ?? read(path)
    files.set(path, pinSiblings(content))
  }
  const composites = fillComposites(files)
  fill(files, 'README.md', {
    actions: renderActions([...contracts.map(shown), ...composites]),
    retrain: renderWorkflow(files.get('.github/workflows/retrain.yml') ?? ''),
    'gate-errors': renderGateErrors(read('bench/gate-errors.json')),
    failures: renderFailures(read('bench/rollout-failures.json')),
  })
  fill(files, 'bench/README.md', {
    'bad-deploys': renderBadDeploys(read('bench/rollout-failures.json')),
    'slow-deploys': renderSlowDeploys(read('bench/rollout-failures.json')),
    machine: renderMachine(read('bench/rollout-failures.json')),
  })
  fill(files, 'actions/gatekeeper/README.md', { policy: renderPolicyKeys() })
  const reconciling = files.get('.github/workflows/reconcile.yml') ?? ''
  fill(files, 'actions/reconcile/README.md', { workflow: renderWorkflow(reconciling) })
  const schema = 'retrain-policy.schema.json'
  files.set(schema, jsonText(policyJsonSchema(address(schema))))
  return files
}

/** Where everybody can read a file of the newest version of this major one. */
function address(path: string): string {
  return `https://raw.githubusercontent.com/${slug}/${majorTag}/${path}`
}

/** A composite is written by hand, and its YAML is the one place where its inputs stand; a workflow of its name goes with it. */
function fillComposites(files: Map<string, string>): Shown[] {
  return [...files].flatMap(([path, content]) => {
    const name = /^actions\/([^/]+)\/action\.yml$/.exec(path)?.[1]
    const composite = name && readComposite(content)
    if (!name || !composite) return []
    const workflow = files.get(`.github/workflows/${name}.yml`)
    fill(files, `actions/${name}/README.md`, {
      inputs: composite.inputs,
      outputs: composite.outputs,
      ...(workflow && { workflow: renderWorkflow(workflow) }),
    })
    return [{ name, description: composite.description, outputs: composite.outputNames }]
  })
}

/** Writes what differs; says what it wrote. */
export function generate(): string[] {
  const changed = [...generated()].filter(
    ([path, content]) => !existsSync(at(path)) || read(path) !== content,
  )
  for (const [path, content] of changed) writeFileSync(at(path), content)
  return changed.map(([path]) => path)
}

/**
 * Our own actions and workflows refer to each other by this version's exact tag: `./` would be looked for in the
 * caller's workspace, and a moving tag could mix two versions in one run.
 */
function pinSiblings(content: string): string {
  const sibling = new RegExp(`(uses: ${slug}[^@\\s]*)@\\S+`, 'g')
  return content.replace(sibling, `$1@${exactTag}`)
}

/** Puts texts between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`. */
function fill(files: Map<string, string>, path: string, parts: Record<string, string>): void {
  let content = files.get(path) ?? read(path)
  for (const [name, text] of Object.entries(parts)) {
    const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`]
    const [from, to] = [content.indexOf(open), content.indexOf(close)]
    if (from < 0 || to < from)
      throw new Error(`${path} has no place for ${name}: add the lines ${open} and ${close}`)
    content = `${content.slice(0, from + open.length)}\n${text}\n${content.slice(to)}`
  }
  files.set(path, content)
}

function sources(patterns: string[]): string[] {
  return globSync(patterns, { cwd: at('.') }).sort()
}

function read(path: string): string {
  return readFileSync(at(path), 'utf8')
}

if (import.meta.main) {
  const changed = generate()
  console.log(changed.length === 0 ? 'every generated file is up to date' : `wrote ${changed.join(', ')}`)
}
