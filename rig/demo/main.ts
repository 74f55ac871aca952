import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { down, findRunningRig, type Rig, up } from '../index.ts'
import { PreflightError } from '../preflight.ts'
import { runInterruptible } from '../process/interruption.ts'
import { reportStep } from '../progress.ts'
import { type DemoEnvironment, openDemoEnvironment } from './environment.ts'
import { renderReport } from './report.ts'
import { collectLogs, hasPassed, runScene, type SceneResult } from './run-scene.ts'
import { scenes } from './scenes.ts'
import { createUserRepository, type UserRepository } from './user-repository.ts'

const help = `npm run demo -- [--keep] [--json FILE] [--summary FILE]
Trains, evaluates, deploys, promotes and rolls back models on a real MLflow, Kubernetes, Helm, Prometheus and
Alertmanager on this machine.
  --keep          keep everything running and print how to inspect it
  --json FILE     also write the table as JSON
  --summary FILE  write the job summary of the gate in scene 2, for npm run screenshot`

const parseOptions = () => {
  try {
    return parseArgs({
      options: {
        keep: { type: 'boolean' },
        json: { type: 'string' },
        summary: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`)
    process.exit(2)
  }
}

const runScenes = async (environment: DemoEnvironment): Promise<SceneResult[]> => {
  const results: SceneResult[] = []
  for (const scene of scenes) {
    const result = await reportStep(scene.title, () => runScene(scene, environment))
    results.push(result)
    if (!hasPassed(result)) {
      console.error(`\nThis scene failed. Output of its workflows:\n${collectLogs(result)}`)
      break
    }
  }
  return results
}

const renderNextSteps = (rig: Rig, user: UserRepository): string => `The rig is still running:
  MLflow       ${rig.mlflow.uri}
  cluster      export KUBECONFIG=${rig.kubernetes.kubeconfig}
               ${rig.tools.kubectl} get pods
               ${rig.tools.helm4} history digits
  repository   ${user.folder}
  stop         npm run rig -- down`

const runDemo = async (options: { keep?: boolean; json?: string; summary?: string }): Promise<void> => {
  const startedAt = performance.now()
  // The scenes start with an empty registry and cluster.
  if (await findRunningRig()) await reportStep('stopping the rig of an earlier run', down)
  const rig = await up()
  const user = await createUserRepository(rig.image)
  const environment = await openDemoEnvironment(rig, user)
  let passed = false
  try {
    const results = await runScenes(environment)
    passed = results.length === scenes.length && results.every(hasPassed)
    console.log(`\n${renderReport(results)}\n`)
    if (options.json)
      await writeFile(options.json, `${JSON.stringify(createJsonReport(results, passed), null, 2)}\n`)
    const [secondRun] = results[1]?.runs ?? []
    if (options.summary && secondRun) await writeFile(options.summary, secondRun.step('gatekeeper').summary)
  } finally {
    await environment.close()
    if (options.keep) console.log(renderNextSteps(rig, user))
    else await user.remove()
  }
  if (!options.keep) await reportStep('stopping the rig', down)
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
  console.log(
    `${passed ? 'The demo passed' : 'The demo FAILED'}: ${scenes.length} scenes, ${minutes} minutes`,
  )
  process.exitCode = passed ? 0 : 1
}

const createJsonReport = (results: SceneResult[], passed: boolean) => ({
  passed,
  scenes: results.map(({ title, expectations, seconds, runs }) => ({
    title,
    seconds,
    expectations,
    summaries: runs.map(({ summary }) => summary),
  })),
})

const options = parseOptions()
if (options.help) console.log(help)
else {
  try {
    await runInterruptible(() => runDemo(options), down)
  } catch (error) {
    console.error(error instanceof PreflightError ? error.message : error)
    if (!(error instanceof PreflightError) && !options.keep) await down()
    process.exitCode = 1
  }
}
