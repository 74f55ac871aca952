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

/** A separate rig beside the one of the other tests; MLflow alone shares nothing with it. */
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
    await rig('down').end
    await rm(root, { recursive: true, force: true })
  })

  const rig = (...args: string[]) => {
    const child = spawn(tools.node, [join(repository, 'rig/main.ts'), ...args], {
      env: { ...process.env, XDG_CACHE_HOME: root },
      detached: true,
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
    const end = once(child, 'close').then(([code]) => ({ code, said }))
    return { child, end }
  }

  const processesOfIt = async (): Promise<string[]> => {
    const entries = await listProcesses()
    const commands = entries.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    return (await Promise.all(commands)).filter((command) => command.includes(root))
  }

  it('starts, prints its address, and stays unchanged at a second up', async () => {
    const first = await rig('up', '--only', 'mlflow').end
    expect(first).toMatchObject({ code: 0, said: expect.stringMatching(/MLflow +http:\/\/127\.0\.0\.1:\d+/) })
    const address = /http:\S+/.exec(first.said)?.[0]
    expect(await rig('status').end).toMatchObject({ code: 0, said: expect.stringContaining(`${address}`) })
    const [running, again] = [await processesOfIt(), await rig('up', '--only', 'mlflow').end]
    expect(again).toMatchObject({ code: 0, said: expect.stringContaining(`${address}`) })
    expect(await processesOfIt()).toEqual(running)
  }, 120_000)

  it('starts again after its server was killed', async () => {
    const { pid } = JSON.parse(await readFile(join(state(), 'daemons/mlflow.json'), 'utf8'))
    process.kill(-pid, 'SIGKILL')
    const repaired = await rig('up', '--only', 'mlflow').end
    expect(repaired).toMatchObject({ code: 0, said: expect.stringContaining('part of the rig has died') })
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(repaired.said) ?? []
    expect((await fetch(`${address}/version`)).status).toBe(200)
  }, 120_000)

  it('stops without a trace', async () => {
    expect(await processesOfIt()).not.toEqual([])
    expect(await rig('down').end).toEqual({ code: 0, said: '' })
    expect(await processesOfIt()).toEqual([])
    expect(existsSync(state())).toBe(false)
    expect(await rig('status').end).toEqual({ code: 1, said: 'the rig is down\n' })
  }, 60_000)

  it('leaves nothing behind when its start is interrupted', async () => {
    const { child, end } = rig('up', '--only', 'mlflow')
    while (!existsSync(join(state(), 'daemons/mlflow.json'))) await sleep(20)
    expect(await processesOfIt()).not.toEqual([])
    process.kill(-Number(child.pid), 'SIGINT')
    expect(await end).toMatchObject({ code: 130 })
    expect(await processesOfIt()).toEqual([])
    expect(existsSync(state())).toBe(false)
  }, 60_000)
})
