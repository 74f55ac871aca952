import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readHoldout } from '../../src/adapters/tables/read-holdout.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { requiredLabelKind } from '../../src/domain/gate/metrics/statistic-catalog.ts'
import { parsePolicy } from '../../src/policy/policy-inputs.ts'
import { POLICY } from './files/policy.ts'
import { inspectRepository } from './inspect/index.ts'
import { hasOwnSteps } from './inspect/previous-settings.ts'
import { listNotes } from './notes.ts'
import { type Plan, planFiles, RETRAIN, type Templates } from './plan.ts'
import type { Report } from './report.ts'
import { InitError, readRepository } from './repository.ts'
import { type Ask, Chooser, printable, printableLines } from './settings/chooser.ts'
import { describeUnused, type GateSettings } from './settings/gate.ts'
import { chooseSettings, type Settings } from './settings/index.ts'
import { writeFiles } from './write.ts'

/** The flags of the command. */
export interface InitOptions {
  /** owner/name of this repository. */
  suite: string
  script?: string | undefined
  run?: string | undefined
  'with-chart'?: boolean
  'apply-chart'?: boolean
  'dry-run'?: boolean
  force?: boolean
  [flag: string]: string | boolean | undefined
}

/**
 * Sets up the suite in a repository.
 * @param ask undefined without a terminal
 * @throws InitError
 */
export async function initialize(
  folder: string,
  options: InitOptions,
  templates: Templates,
  ask?: Ask,
): Promise<Report> {
  const root = resolve(folder)
  const repository = readRepository(root)
  const gitNotes = checkGit(root)
  const inspection = inspectRepository(repository, options.suite)
  const chooser = new Chooser(options, inspection.previous, ask)
  const { settings: chosen, script, unused } = await chooseSettings(repository, inspection, chooser, options)
  const plan = (settings: Settings): Plan =>
    planFiles(repository, settings, templates, {
      withChart: options['with-chart'] === true,
      applyChart: options['apply-chart'] === true,
    })
  const first = plan(chosen)
  const gate = await checkHoldout(root, first.files.get(POLICY) ?? '', chosen.gate)
  const settings = { ...chosen, gate }
  const planned = gate === chosen.gate ? first : plan(settings)
  const comparedRows = inspection.previous.get('holdout')?.value
  // Logged values do not account for chance, so a comparison on rows is not given up by a flag.
  const keepsPolicy = comparedRows !== undefined && gate.evaluation === undefined
  const keepsWorkflow = hasOwnSteps(repository, planned.files.get(RETRAIN) ?? '')
  const notes = [
    ...gitNotes,
    ...(keepsWorkflow
      ? [
          `${RETRAIN} stays as it is, even with --force: it has steps of its own, which a new one would not have. To replace it, delete it first.`,
        ]
      : []),
    ...(keepsPolicy
      ? [
          `${POLICY} stays as it is, even with --force: it compares rows of ${printable(comparedRows)}, and a new one would compare logged values. To replace it, delete it first.`,
        ]
      : []),
    ...unused.map((flag) => `--${flag} changes nothing in this repository.`),
    ...(options['with-chart'] && !planned.copiesChart
      ? ['--with-chart changes nothing: the repository has a chart.']
      : []),
    ...listNotes(repository, inspection, script, settings, planned),
  ]
  const dryRun = options['dry-run'] === true
  const confirm =
    ask &&
    (async (path: string, diff: string) =>
      /^y(es)?$/i.test((await ask(`${printableLines(diff)}\nReplace ${path}? [y/N] `)).trim()))
  const results = [
    ...(await writeFiles(root, planned.files, {
      ...{ dryRun, force: options.force === true, confirm },
      protect: new Set([...(keepsPolicy ? [POLICY] : []), ...(keepsWorkflow ? [RETRAIN] : [])]),
    })),
    ...(await writeFiles(root, planned.edits, { dryRun, force: true })),
  ]
  const comparesRows = keepsPolicy || gate.evaluation !== undefined
  return { root, choices: chooser.choices, notes, results, settings, plan: planned, comparesRows, dryRun }
}

/** @throws InitError for a folder inside a repository: GitHub reads workflows only at the root */
function checkGit(root: string): string[] {
  if (existsSync(join(root, '.git'))) return []
  for (let parent = dirname(root); parent !== dirname(parent); parent = dirname(parent))
    if (existsSync(join(parent, '.git')))
      throw new InitError(
        `${root} is a folder of the git repository ${parent}, and GitHub reads workflows only at the root. Give ${parent}.`,
      )
  return [`${root} is not a git repository. Run git init, and push it to GitHub.`]
}

/** Compares logged values instead if the gate cannot read the holdout, and says why. */
async function checkHoldout(root: string, policy: string, gate: GateSettings): Promise<GateSettings> {
  const { evaluation } = gate
  const problem = evaluation && (await findHoldoutProblem(root, policy))
  if (!evaluation || problem === undefined) return gate
  const names =
    evaluation.id === undefined ? '. If the ids have another column, name it with --id COLUMN' : ''
  const reason = `the gate cannot read the holdout. ${problem.replace(/\.$/, '')}${names}`
  return { ...gate, evaluation: undefined, unusedFiles: describeUnused(evaluation, reason) }
}

/** Why the gate cannot read the holdout of a policy; undefined if it can, or if the policy has none. */
async function findHoldoutProblem(root: string, text: string): Promise<string | undefined> {
  const { policy } = parsePolicy({ text, label: POLICY }, {})
  const { holdout } = policy
  if (!holdout || !('path' in holdout.source)) return undefined
  const { path } = holdout.source
  try {
    const file = { path: join(root, path), label: path }
    await readHoldout(file, policy, holdout, requiredLabelKind(policy), Date.now())
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
}
