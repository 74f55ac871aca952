import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { actions } from '../../actions/index.ts'
import { renderDetection, renderPower } from '../../bench/drift/detection/table.ts'
import { renderGateErrors } from '../../bench/gate-errors/table.ts'
import {
  renderBadDeploys,
  renderFailures,
  renderMachine,
  renderSlowDeploys,
} from '../../bench/rollout/table.ts'
import { buildDataJsonSchema } from '../../src/policy/data/data-schema.ts'
import { buildPolicyJsonSchema } from '../../src/policy/file-schema.ts'
import { checkoutPath, exactTag, majorTag, slug } from '../checkout.ts'
import { renderExampleCharts } from './example-charts.ts'
import { renderGateInputs } from './gate-inputs-table.ts'
import { formatJson } from './json-text.ts'
import { renderPolicyKeys } from './policy-table.ts'
import {
  type ActionSummary,
  renderActions,
  renderActionYml,
  renderInputs,
  renderOutputs,
  renderUsage,
  summarizeAction,
} from './render.ts'
import { readComposite, renderWorkflow } from './workflow-table.ts'

/** Generates all files, as path -> content. Does not write them, so that a check can compare. */
export function renderGeneratedFiles(): Map<string, string> {
  const files = new Map<string, string>()
  const contracts = Object.values(actions).map((action) => action.contract)
  for (const contract of contracts) {
    const folder = `actions/${contract.name}`
    files.set(contract.root ? 'action.yml' : `${folder}/action.yml`, renderActionYml(contract))
    fillSections(files, `${folder}/README.md`, {
      usage: renderUsage(contract),
      inputs: renderInputs(contract),
      outputs: renderOutputs(contract),
    })
    for (const [output, form] of Object.entries(contract.reports ?? {})) {
      const path = `${folder}/${output}.schema.json`
      files.set(path, formatJson({ ...z.toJSONSchema(form as z.ZodType), $id: publicUrl(path) }))
    }
  }
  for (const path of listFiles(['.github/workflows/*.yml', '{action.yml,actions/*/action.yml}'])) {
    const content = files.get(path) ?? readText(path)
    files.set(path, pinSiblings(content))
  }
  const composites = renderComposites(files)
  fillSections(files, 'README.md', {
    actions: renderActions([...contracts.map(summarizeAction), ...composites]),
  })
  fillSections(files, 'docs/reusable-workflows.md', {
    retrain: renderWorkflow(files.get('.github/workflows/retrain.yml') ?? ''),
  })
  fillSections(files, 'docs/how-a-rollout-is-judged.md', {
    failures: renderFailures(readText('bench/rollout-failures.json')),
  })
  fillSections(files, 'bench/README.md', {
    'bad-deploys': renderBadDeploys(readText('bench/rollout-failures.json')),
    'slow-deploys': renderSlowDeploys(readText('bench/rollout-failures.json')),
    machine: renderMachine(readText('bench/rollout-failures.json')),
  })
  fillSections(files, 'docs/how-drift-is-checked.md', {
    'drift-detection': renderDetection(readText('bench/drift-detection.json')),
    'drift-power': renderPower(readText('bench/drift-detection.json')),
  })
  fillSections(files, 'docs/how-the-gate-decides.md', {
    policy: renderPolicyKeys(),
    'gate-errors': renderGateErrors(readText('bench/gate-errors.json')),
  })
  fillSections(files, 'docs/gate-inputs.md', renderGateInputs())
  const charts = listFiles(['examples/charts/*.yaml']).map((path) => ({ path, text: readText(path) }))
  fillSections(files, 'docs/does-it-fit-my-chart.md', renderExampleCharts(charts))
  const reconciling = files.get('.github/workflows/reconcile.yml') ?? ''
  fillSections(files, 'actions/reconcile/README.md', { workflow: renderWorkflow(reconciling) })
  const schema = 'retrain-policy.schema.json'
  files.set(schema, formatJson(buildPolicyJsonSchema(publicUrl(schema))))
  const dataSchema = 'data-schema.schema.json'
  files.set(dataSchema, formatJson(buildDataJsonSchema(publicUrl(dataSchema))))
  return files
}

/** Returns the public address of a file at the tag of the major version. */
function publicUrl(path: string): string {
  return `https://raw.githubusercontent.com/${slug}/${majorTag}/${path}`
}

/** Generates the tables of a composite action from its YAML, and those of the workflow with the same name. */
function renderComposites(files: Map<string, string>): ActionSummary[] {
  return [...files].flatMap(([path, content]) => {
    const name = /^actions\/([^/]+)\/action\.yml$/.exec(path)?.[1]
    const composite = name && readComposite(content)
    if (!name || !composite) return []
    const workflow = files.get(`.github/workflows/${name}.yml`)
    fillSections(files, `actions/${name}/README.md`, {
      inputs: composite.inputs,
      outputs: composite.outputs,
      ...(workflow && { workflow: renderWorkflow(workflow) }),
    })
    return [{ name, description: composite.description }]
  })
}

/** Writes the changed files. @returns their paths */
export function writeGeneratedFiles(): string[] {
  const changed = [...renderGeneratedFiles()].filter(
    ([path, content]) => !existsSync(checkoutPath(path)) || readText(path) !== content,
  )
  for (const [path, content] of changed) writeFileSync(checkoutPath(path), content)
  return changed.map(([path]) => path)
}

/**
 * Updates the tag by which the suite's actions and workflows refer to each other. They use the exact tag, because GitHub
 * resolves `./` in the caller's workspace, and a major tag could mix two versions in one run.
 */
function pinSiblings(content: string): string {
  const sibling = new RegExp(`(uses: ${slug}[^@\\s]*)@\\S+`, 'g')
  return content.replace(sibling, `$1@${exactTag}`)
}

/** Replaces the text between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`. */
function fillSections(files: Map<string, string>, path: string, parts: Record<string, string>): void {
  let content = files.get(path) ?? readText(path)
  for (const [name, text] of Object.entries(parts)) {
    const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`]
    const [from, to] = [content.indexOf(open), content.indexOf(close)]
    if (from < 0 || to < from)
      throw new Error(`${path} lacks the markers of ${name}: add the lines ${open} and ${close}`)
    content = `${content.slice(0, from + open.length)}\n${text}\n${content.slice(to)}`
  }
  files.set(path, content)
}

function listFiles(patterns: string[]): string[] {
  return globSync(patterns, { cwd: checkoutPath('.') }).sort()
}

function readText(path: string): string {
  return readFileSync(checkoutPath(path), 'utf8')
}

if (import.meta.main) {
  const changed = writeGeneratedFiles()
  console.log(changed.length === 0 ? 'all generated files are up to date' : `wrote ${changed.join(', ')}`)
}
