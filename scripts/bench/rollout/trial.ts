import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rig } from '../../../rig/index.ts'
import { eventsLeft, logLinesLeft, releaseState, seenServing, serving } from './aftermath.ts'
import type { ImageRegistry } from './image-registry.ts'
import type { Models } from './models.ts'
import type { BadTrial, SlowTrial } from './results.ts'
import type { Failure, Scenario, Values } from './scenario.ts'
import { CHART, openSite, RELEASE, type Site, type ToolName } from './site.ts'
import { deploy, type Ended, valuesOf } from './tools.ts'

/** What all trials share. */
export interface Ground {
  rig: Rig
  images: ImageRegistry
  models: Models
  /** Folder of the bundle. */
  dist: string
  folder: string
}

/** Milliseconds that pods get after the tool has ended, to be what it says. */
const PATIENCE = 15_000

/** One bad deployment by one tool, from its start until the version before is known to serve again. */
export async function tryBad(ground: Ground, scenario: Failure, tool: ToolName): Promise<BadTrial> {
  return await trial(ground, scenario, tool, async ({ site, ended, model, began }) => {
    const back = scenario.first ? await gone(site) : await seenServing(site, '1', PATIENCE)
    const success = ended.code === 0
    const registry = tool === 'ours' ? await ground.models.standing(model, '2') : undefined
    return {
      scenario: scenario.name,
      what: scenario.what,
      tool,
      says: success ? 'success' : 'failure',
      reason: ended.reason,
      said: plain(ended.said, site),
      seconds: back !== undefined && !success ? seconds(back - began) : undefined,
      kept: {
        lines: ended.lines.filter((line) => scenario.cause.test(line)).length,
        ...ended.kept,
      },
      left: { logs: await logLinesLeft(site), events: await eventsLeft(site, began) },
      release: await releaseState(site),
      serves: await serving(site),
      registry,
    }
  })
}

/** The same of a deployment that comes up by itself. */
export async function trySlow(ground: Ground, scenario: Scenario, tool: ToolName): Promise<SlowTrial> {
  return await trial(ground, scenario, tool, async ({ site, ended, began, end }) => {
    const serves = await seenServing(site, '2', PATIENCE)
    return {
      scenario: scenario.name,
      what: scenario.what,
      tool,
      killed: ended.code !== 0 || serves === undefined,
      seconds: seconds(end - began),
      said: plain(ended.said, site),
    }
  })
}

interface Tried {
  site: Site
  model: string
  ended: Ended
  /** Milliseconds since 1970, of the tool's start and end. */
  began: number
  end: number
}

async function trial<T>(
  ground: Ground,
  scenario: Scenario & Partial<Failure>,
  tool: ToolName,
  look: (tried: Tried) => Promise<T>,
): Promise<T> {
  const { rig, images, models, dist } = ground
  const folder = mkdtempSync(join(ground.folder, 'trial-'))
  const site = await openSite(rig, images, tool)
  try {
    const model = tool === 'ours' ? await models.register(2, 'own') : 'bench'
    if (!scenario.first) {
      await install(site, folder, valuesOf(model, '1', scenario.usual ?? {}))
      if (tool === 'ours') await models.setChampion(model, '1')
    }
    await scenario.prepare?.(site)
    const changed = typeof scenario.changed === 'function' ? await scenario.changed(site) : scenario.changed
    const values = { ...scenario.usual, ...changed }
    const order = {
      site,
      scenario,
      model,
      values,
      dist,
      folder: join(folder, 'order'),
      trackingUri: models.uri,
    }
    mkdirSync(order.folder)
    const began = Date.now()
    const meanwhile = scenario.meanwhile?.(site)
    const ended = await deploy(tool, order)
    const end = Date.now()
    await meanwhile
    return await look({ site, model, ended, began, end })
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await site.close()
  }
}

async function install(site: Site, folder: string, values: Values): Promise<void> {
  const file = join(folder, 'first.json')
  writeFileSync(file, JSON.stringify(values))
  await site.helm('install', RELEASE, CHART, '--values', file, '--wait', '--timeout', '120s')
}

/** The time at which nothing of the release was there any more. */
async function gone(site: Site): Promise<number | undefined> {
  return (await serving(site)) === 'none' ? Date.now() : undefined
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10

/** Without names that are new each time. */
function plain(said: string, { namespace, rig }: Site): string {
  return said
    .replaceAll(namespace, 'bench')
    .replaceAll(rig.mlflow.uri, 'http://mlflow')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1')
    .replace(/\bbench-[0-9a-f]{8}\b/g, 'bench')
    .replace(/\b(bench)-[0-9a-f]{6,10}-[0-9a-z]{5}\b/g, '$1-…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600)
}
