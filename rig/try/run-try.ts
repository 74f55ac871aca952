import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { initializeRepository, listDownloadedActions, runWorkflow } from '../act/index.ts'
import { readRunnerSettings } from '../act/runner-settings.ts'
import { startGitHub } from '../github/index.ts'
import { type Rig, up } from '../index.ts'
import { escapeHtml } from '../page/markdown.ts'
import { cache } from '../paths.ts'
import { run, tryRun } from '../process/command.ts'
import { UsageError } from '../usage-error.ts'
import { createEvent } from './event.ts'
import { listExpectedJobs } from './expected-jobs.ts'
import { createLogStream } from './log-stream.ts'
import type { TryOptions } from './options.ts'
import { renderPage } from './page.ts'
import { createPythonEnvironment } from './python.ts'
import { chooseSettings, createMask, listMissing, resolveNames } from './settings.ts'
import { assertFolder, chooseWorkflow, copyFolder, readRepositoryName, readWorkflows } from './user-folder.ts'
import { listContainerJobs, listRequirements, type Requirements, type WorkflowFile } from './workflow-file.ts'

/** The default file with secrets and variables, in the user's folder. */
const ENV_FILE = '.retrain-try.env'
/** As long as a job may take on GitHub. */
const TIMEOUT_SECONDS = 6 * 3600

/** What to run, checked before the rig starts. */
type Plan = {
  folder: string
  name: string
  workflow: WorkflowFile
  required: Requirements
  event: TryOptions['event']
  payload: Record<string, unknown>
  envFile: string
  given: Record<string, string>
}

export type TryContext = {
  /** Relative paths of the options start here. */
  base: string
  print: (line: string) => void
  /** The bundle to run instead of the checkout's `dist`. */
  dist?: string
}

const readGiven = async (path: string, isDefault: boolean): Promise<Record<string, string>> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (isDefault && error.code === 'ENOENT') return ''
    throw new UsageError(`cannot read ${path}: ${error.message}`)
  })
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']))
}

/** Reads the user's folder and options. @throws UsageError if the workflow cannot run */
export const planTry = async (options: TryOptions, base: string): Promise<Plan> => {
  const folder = resolve(base, options.folder)
  await assertFolder(folder)
  const workflow = chooseWorkflow(await readWorkflows(folder), options.workflow)
  const containers = listContainerJobs(workflow)
  if (containers.length > 0)
    throw new UsageError(
      `${workflow.name} runs ${containers.join(', ')} in a container or with services; a try has no Docker and runs jobs on this machine`,
    )
  const payload = await createEvent(workflow, {
    ...options,
    payload: options.payload && resolve(base, options.payload),
  })
  const required = listRequirements(workflow)
  const envFile = options.envFile === undefined ? join(folder, ENV_FILE) : resolve(base, options.envFile)
  const given = await readGiven(envFile, options.envFile === undefined)
  const missing = listMissing(required, given)
  if (missing.length > 0)
    throw new UsageError(
      `${workflow.name} reads values that the rig does not have: ${missing.join(', ')}. Add a line NAME=value for each to ${envFile}; NAME= is an empty one, as GitHub gives for a name that is not set.`,
    )
  const name = await readRepositoryName(folder)
  return { folder, name, workflow, required, event: options.event, payload, envFile, given }
}

const createNamespaces = async (rig: Rig, namespaces: readonly string[]): Promise<void> => {
  const env = { KUBECONFIG: rig.kubernetes.kubeconfig }
  for (const namespace of namespaces) {
    const { code } = await tryRun([rig.tools.kubectl, 'get', 'namespace', namespace], { env })
    if (code !== 0) await run([rig.tools.kubectl, 'create', 'namespace', namespace], { env })
  }
}

const renderNotes = (rig: Rig, artifacts: string, names: readonly string[]): string[] => [
  ...names.map((name) => `artifact     ${join(artifacts, name)}`),
  `The rig keeps running, so the next try finds this model:`,
  `MLflow       ${rig.mlflow.uri}`,
  `cluster      export KUBECONFIG=${rig.kubernetes.kubeconfig}`,
  `             ${rig.tools.kubectl} get pods --all-namespaces`,
  `stop, and delete its data: npm run rig -- down`,
]

const choosePagePath = ({ name, workflow }: Plan): string => {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  return join(
    cache,
    'try',
    `${name.replaceAll('/', '-')}-${workflow.name.replace(/\.ya?ml$/, '')}-${time}.html`,
  )
}

const explainSkippedJob = (job: string): string =>
  `Job ${job} did not run, because its runs-on is an expression that a try cannot read. Write the label itself, or a variable.`

/** Runs the planned workflow in a copy of the folder. @param artifacts where uploaded artifacts are stored */
const runPlan = async (plan: Plan, rig: Rig, artifacts: string, { print, dist }: TryContext) => {
  const { folder, name, workflow, required, event, payload, envFile, given } = plan
  const work = await realpath(await mkdtemp(join(tmpdir(), 'retrain-try-')))
  const token = crypto.randomUUID()
  const repository = join(work, 'repository')
  const workflows = join(repository, '.github/workflows')
  const onStart = async (started: { workflow: string }) => print(`GitHub would start ${started.workflow} now`)
  const github = await startGitHub({ repository: name, token, workflows, files: repository, onStart })
  try {
    await mkdir(repository)
    await copyFolder(folder, repository, [envFile, join(folder, ENV_FILE)])
    await initializeRepository(repository, name)
    const runner = await readRunnerSettings(rig)
    // Pods and this machine reach MLflow at this address.
    const trackingUri = rig.mlflow.podUri
    const kubeconfig = runner.secrets.KUBECONFIG
    const provided = { kubeconfig, 'tracking-uri': trackingUri, 'pod-tracking-uri': trackingUri }
    const settings = chooseSettings(required, given, provided, token)
    const mask = createMask([...Object.values(settings.secrets), kubeconfig], escapeHtml)
    await createNamespaces(rig, resolveNames(required.namespaces, settings.vars))
    const python = await createPythonEnvironment(join(work, 'python'))
    const stream = createLogStream(print, mask.text)
    const result = await runWorkflow({
      ...settings,
      ...{ event, payload, repository, workflow: workflow.name, timeoutSeconds: TIMEOUT_SECONDS },
      ...(dist !== undefined && { dist }),
      env: { ...python.env, GITHUB_API_URL: github.url, RIG_ARTIFACTS: artifacts },
      path: [...python.path, ...runner.path, dirname(rig.tools.helm3)],
      labels: resolveNames(required.labels, settings.vars),
      uses: [...required.uses],
      connections: { trackingUri, kubeconfig, kept: Object.values(given) },
      onLine: stream.read,
    })
    const skipped = stream.skippedJobs().map(explainSkippedJob)
    const exitCode = skipped.length > 0 ? 1 : (result.exitCode ?? 1)
    return { result: { ...result, exitCode, problems: [...result.problems, ...skipped] }, mask }
  } finally {
    await github.close()
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * Runs a workflow of the user's folder on the rig and writes a page with its job summaries.
 * @returns the exit code of the workflow and the path of the page
 * @throws UsageError if the workflow cannot run, before the rig starts
 */
export const tryWorkflow = async (
  options: TryOptions,
  context: TryContext,
): Promise<{ exitCode: number; page: string }> => {
  const { base, print } = context
  const plan = await planTry(options, base)
  const title = `${plan.workflow.name} of ${plan.name}`
  for (const uses of listDownloadedActions([...plan.required.uses]))
    print(`${uses} has no stand-in: it is downloaded from GitHub`)
  const rig = await up()
  print(`${title}, event ${plan.event}. Its actions use the MLflow and the cluster of the rig.`)
  const page = options.page === undefined ? choosePagePath(plan) : resolve(base, options.page)
  const artifacts = `${page.replace(/\.html$/, '')}-artifacts`
  await mkdir(artifacts, { recursive: true, mode: 0o700 })
  const { result, mask } = await runPlan(plan, rig, artifacts, context)
  const names = await readdir(artifacts)
  if (names.length === 0) await rm(artifacts, { recursive: true })
  const notes = renderNotes(rig, artifacts, names)
  const expectedJobs = await listExpectedJobs(plan.workflow)
  await writeFile(page, renderPage({ title, event: plan.event, run: result, expectedJobs, mask, notes }), {
    mode: 0o600,
  })
  for (const problem of result.problems) print(mask.text(problem))
  print(
    [
      '',
      ...notes,
      '',
      `job summaries: ${page}`,
      `${basename(plan.workflow.name)}: ${result.exitCode === 0 ? 'success' : 'failure'}`,
    ].join('\n'),
  )
  return { exitCode: result.exitCode, page }
}
