import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { current, down, type Rig, up } from '../index.ts'
import { interruptible } from '../interruption.ts'
import { PreflightError } from '../preflight.ts'
import { step } from '../progress.ts'
import { holds, type Played, play, printed } from './play.ts'
import { report } from './report.ts'
import { scenes } from './scenes.ts'
import { openStage, type Stage } from './stage.ts'
import { createUser, type User } from './user.ts'

const help = `npm run demo -- [--keep] [--json FILE]
Trains, judges, rolls out, promotes and takes back models on a real MLflow, Kubernetes, Helm, Prometheus and
Alertmanager on this machine.
  --keep       leave all of it up, and say how to look around
  --json FILE  write the table as JSON, too`

const wanted = () => {
  try {
    return parseArgs({
      options: { keep: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean' } },
    }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`)
    process.exit(2)
  }
}

const playAll = async (stage: Stage): Promise<Played[]> => {
  const played: Played[] = []
  for (const scene of scenes) {
    const one = await step(scene.title, () => play(scene, stage))
    played.push(one)
    if (!holds(one)) {
      console.error(`\nThis scene did not go as it should. What its workflows printed:\n${printed(one)}`)
      break
    }
  }
  return played
}

const lookAround = (rig: Rig, user: User): string => `Everything is left up. Look around:
  MLflow       ${rig.mlflow.uri}
  cluster      export KUBECONFIG=${rig.kubernetes.kubeconfig}
               ${rig.tools.kubectl} get pods
               ${rig.tools.helm4} history digits
  the user     ${user.folder}
  take it down npm run rig -- down`

const demo = async (options: { keep?: boolean; json?: string }): Promise<void> => {
  const began = performance.now()
  // The scenes begin with an empty registry and cluster.
  if (await current()) await step('taking down the rig that was left up', down)
  const rig = await up()
  const user = await createUser(rig.image)
  const stage = await openStage(rig, user)
  let passed = false
  try {
    const played = await playAll(stage)
    passed = played.length === scenes.length && played.every(holds)
    console.log(`\n${report(played)}\n`)
    if (options.json)
      await writeFile(options.json, `${JSON.stringify(forMachines(played, passed), null, 2)}\n`)
  } finally {
    await stage.close()
    if (options.keep) console.log(lookAround(rig, user))
    else await user.remove()
  }
  if (!options.keep) await step('taking everything down', down)
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  console.log(
    `${passed ? 'The demo passed' : 'The demo FAILED'}: ${scenes.length} scenes, ${minutes} minutes`,
  )
  process.exitCode = passed ? 0 : 1
}

const forMachines = (played: Played[], passed: boolean) => ({
  passed,
  // With what the pages of the workflow runs showed.
  scenes: played.map(({ title, claims, seconds, runs }) => ({
    title,
    seconds,
    claims,
    summaries: runs.map(({ summary }) => summary),
  })),
})

const options = wanted()
if (options.help) console.log(help)
else {
  try {
    await interruptible(() => demo(options), down)
  } catch (error) {
    console.error(error instanceof PreflightError ? error.message : error)
    if (!(error instanceof PreflightError) && !options.keep) await down()
    process.exitCode = 1
  }
}
