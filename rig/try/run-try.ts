import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { initializeRepository, listDownloadedActions, runWorkflow } from '../act/index.ts'
import { readRunnerSettings } from '../act/runner-settings.ts'
import { startGitHub } from '../github/index.ts'
import { type Rig, up } from '../index.ts'
import { escapeHtml } from '../page/markdown.ts'
import { cache } from '../paths.ts'
import { run, tryRun } from '../process/command.ts'
import { listExpectedJobs } from './expected-jobs.ts'
import { createLogStream } from './log-stream.ts'
import type { TryOptions } from './options.ts'
import { renderPage } from './page.ts'
import { ENV_FILE, type Plan, planTry } from './plan.ts'
import { createPythonEnvironment } from './python.ts'
import { chooseSettings, createMask, resolveNames } from './settings.ts'
import { copyFolder } from './user-folder.ts'

/** As long as a job may take on GitHub. */
const TIMEOUT_SECONDS = 6 * 3600

export type TryContext = {
  /** Relative paths of the options start here. */
  base: string
  print: (line: string) => void
  /** The bundle to run instead of the checkout's `dist`. */
  dist?: string
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

const MISSING_IMAGE_HINT =
  'The rig pulls no images. Import the image that the pods wait for: docker save NAME:TAG | npm run rig -- image NAME:TAG'

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
    // Pods and this machine reach MLflow at this address, so pod-tracking-uri is not needed.
    const trackingUri = rig.mlflow.podUri
    const kubeconfig = runner.secrets.KUBECONFIG
    const settings = chooseSettings(required, given, { kubeconfig, 'tracking-uri': trackingUri }, token)
    const mask = createMask([...Object.values(settings.secrets), kubeconfig], escapeHtml)
    await createNamespaces(rig, resolveNames(required.namespaces, settings.vars))
    const python = await createPythonEnvironment(join(work, 'python'))
    const stream = createLogStream(print, mask.text)
    const result = await runWorkflow({
      ...settings,
      ...{ event, payload, repository, workflow: workflow.name, timeoutSeconds: TIMEOUT_SECONDS },
      ...(dist !== undefined && { dist }),
      env: {
        ...python.env,
        GITHUB_API_URL: github.url,
        RIG_ARTIFACTS: artifacts,
        // Steps have a new home folder. With it they find the rig, for `npm run rig -- image`, and pip its downloads.
        XDG_CACHE_HOME: dirname(cache),
      },
      path: [...python.path, ...runner.path, dirname(rig.tools.helm3)],
      labels: resolveNames(required.labels, settings.vars),
      uses: [...required.uses],
      connections: { trackingUri, kubeconfig, kept: Object.values(given) },
      onLine: stream.read,
    })
    const skipped = stream.skippedJobs().map(explainSkippedJob)
    const hints = stream.isImageMissing() ? [MISSING_IMAGE_HINT] : []
    const exitCode = skipped.length > 0 ? 1 : (result.exitCode ?? 1)
    return { result: { ...result, exitCode, problems: [...result.problems, ...skipped, ...hints] }, mask }
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
