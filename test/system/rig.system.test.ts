import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { up } from '../../rig/index.ts'
import { cache, repository } from '../../rig/paths.ts'
import { listProcesses } from '../../rig/process/process-table.ts'
import { tools } from '../../rig/tools/index.ts'

/** Starts a separate rig with its own cache folder. With MLflow only, it shares nothing with the rig of other tests. */
describe('a rig', () => {
  let root = ''
  const state = () => join(root, 'retrain-actions/state')

  beforeAll(async () => {
    await up({ only: ['mlflow'] })
    root = await mkdtemp(join(tmpdir(), 'rig-test-'))
    await mkdir(join(root, 'retrain-actions'))
    await symlink(join(cache, 'mlflow'), join(root, 'retrain-actions/mlflow'))
  }, 600_000)

  afterAll(async () => {
    await runRig('down').end
    await rm(root, { recursive: true, force: true })
  })

  const runRig = (...args: string[]) => {
    const child = spawn(tools.node, [join(repository, 'rig/main.ts'), ...args], {
      env: { ...process.env, XDG_CACHE_HOME: root },
      detached: true,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    const end = once(child, 'close').then(([code]) => ({ code, output }))
    return { child, end }
  }

  const listRigProcesses = async (): Promise<string[]> => {
    const entries = await listProcesses()
    const commands = entries.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    return (await Promise.all(commands)).filter((command) => command.includes(root))
  }

  it('starts, prints its address, and does not change at a second up', async () => {
    const first = await runRig('up', '--only', 'mlflow').end
    expect(first).toMatchObject({
      code: 0,
      output: expect.stringMatching(/MLflow +http:\/\/127\.0\.0\.1:\d+/),
    })
    const address = /http:\S+/.exec(first.output)?.[0]
    expect(await runRig('status').end).toMatchObject({
      code: 0,
      output: expect.stringContaining(`${address}`),
    })
    const [running, again] = [await listRigProcesses(), await runRig('up', '--only', 'mlflow').end]
    expect(again).toMatchObject({ code: 0, output: expect.stringContaining(`${address}`) })
    expect(await listRigProcesses()).toEqual(running)
  }, 120_000)

  it('restarts after its server was killed', async () => {
    const { pid } = JSON.parse(await readFile(join(state(), 'daemons/mlflow.json'), 'utf8'))
    process.kill(-pid, 'SIGKILL')
    const restarted = await runRig('up', '--only', 'mlflow').end
    expect(restarted).toMatchObject({ code: 0, output: expect.stringContaining('part of the rig has died') })
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(restarted.output) ?? []
    expect((await fetch(`${address}/version`)).status).toBe(200)
  }, 120_000)

  it('leaves nothing behind after down', async () => {
    expect(await listRigProcesses()).not.toEqual([])
    expect(await runRig('down').end).toEqual({ code: 0, output: '' })
    expect(await listRigProcesses()).toEqual([])
    expect(existsSync(state())).toBe(false)
    expect(await runRig('status').end).toEqual({ code: 1, output: 'The rig is down.\n' })
  }, 60_000)

  it('leaves nothing behind after an interrupted start', async () => {
    const { child, end } = runRig('up', '--only', 'mlflow')
    while (!existsSync(join(state(), 'daemons/mlflow.json'))) await sleep(20)
    expect(await listRigProcesses()).not.toEqual([])
    process.kill(-Number(child.pid), 'SIGINT')
    expect(await end).toMatchObject({ code: 130 })
    expect(await listRigProcesses()).toEqual([])
    expect(existsSync(state())).toBe(false)
  }, 60_000)
})
