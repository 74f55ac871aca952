import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rig } from '../../rig/index.ts'
import { createValues, type DeployResult, deploy } from './deploy.ts'
import type { ImageRegistry } from './image-registry.ts'
import type { ModelRegistry } from './model-registry.ts'
import {
  countRemainingEvents,
  countRemainingLogLines,
  readReleaseState,
  readServedVersion,
  waitUntilServing,
} from './observe.ts'
import type { BadDeployResult, SlowDeployResult } from './results.ts'
import type { FailureScenario, Scenario, Values } from './scenarios/scenario.ts'
import { CHART, openTrialNamespace, RELEASE, type ToolName, type TrialNamespace } from './trial-namespace.ts'

/** Resources that all trials share. */
export interface TrialContext {
  rig: Rig
  images: ImageRegistry
  models: ModelRegistry
  /** Folder of the bundle. */
  dist: string
  folder: string
}

/** Milliseconds after the end of a tool in which the pods must match its result. */
const SERVING_TIMEOUT_MS = 15_000

/** Measures a bad deployment by one tool, from its start until the previous version is seen serving again. */
export async function measureBadDeploy(
  ground: TrialContext,
  scenario: FailureScenario,
  tool: ToolName,
): Promise<BadDeployResult> {
  return await runTrial(ground, scenario, tool, async ({ site, result: ended, model, startedAt: began }) => {
    const back = scenario.isFirstInstall
      ? await waitUntilGone(site)
      : await waitUntilServing(site, '1', SERVING_TIMEOUT_MS)
    const success = ended.exitCode === 0
    const registry = tool === 'helm-deploy' ? await ground.models.readStatus(model, '2') : undefined
    return {
      scenario: scenario.name,
      description: scenario.description,
      tool,
      status: success ? 'success' : 'failure',
      reason: ended.reason,
      message: normalizeMessage(ended.message, site),
      seconds: back !== undefined && !success ? seconds(back - began) : undefined,
      savedEvidence: {
        lines: ended.lines.filter((line) => scenario.causePattern.test(line)).length,
        ...ended.savedEvidence,
      },
      remainingEvidence: {
        logs: await countRemainingLogLines(site),
        events: await countRemainingEvents(site, began),
      },
      release: await readReleaseState(site),
      servedVersion: await readServedVersion(site),
      registry,
    }
  })
}

/** Measures a slow deployment, which recovers without help. */
export async function measureSlowDeploy(
  ground: TrialContext,
  scenario: Scenario,
  tool: ToolName,
): Promise<SlowDeployResult> {
  return await runTrial(
    ground,
    scenario,
    tool,
    async ({ site, result: ended, startedAt: began, endedAt: end }) => {
      const serves = await waitUntilServing(site, '2', SERVING_TIMEOUT_MS)
      return {
        scenario: scenario.name,
        description: scenario.description,
        tool,
        failed: ended.exitCode !== 0 || serves === undefined,
        seconds: seconds(end - began),
        message: normalizeMessage(ended.message, site),
      }
    },
  )
}

interface DeployedTrial {
  site: TrialNamespace
  model: string
  result: DeployResult
  /** Start and end of the tool in milliseconds since 1970. */
  startedAt: number
  endedAt: number
}

async function runTrial<T>(
  ground: TrialContext,
  scenario: Scenario & Partial<FailureScenario>,
  tool: ToolName,
  look: (tried: DeployedTrial) => Promise<T>,
): Promise<T> {
  const { rig, images, models, dist } = ground
  const folder = mkdtempSync(join(ground.folder, 'trial-'))
  const site = await openTrialNamespace(rig, images, tool)
  try {
    const model = tool === 'helm-deploy' ? await models.register(2, 'own') : 'bench'
    if (!scenario.isFirstInstall) {
      await installFirstVersion(site, folder, createValues(model, '1', scenario.baseValues ?? {}))
      if (tool === 'helm-deploy') await models.setChampion(model, '1')
    }
    await scenario.prepare?.(site)
    const changed =
      typeof scenario.newValues === 'function' ? await scenario.newValues(site) : scenario.newValues
    const values = { ...scenario.baseValues, ...changed }
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
    const meanwhile = scenario.during?.(site)
    const ended = await deploy(tool, order)
    const end = Date.now()
    await meanwhile
    return await look({ site, model, result: ended, startedAt: began, endedAt: end })
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await site.close()
  }
}

async function installFirstVersion(site: TrialNamespace, folder: string, values: Values): Promise<void> {
  const file = join(folder, 'first.json')
  writeFileSync(file, JSON.stringify(values))
  await site.helm('install', RELEASE, CHART, '--values', file, '--wait', '--timeout', '120s')
}

/** Waits until the release is completely removed. @returns the time */
async function waitUntilGone(site: TrialNamespace): Promise<number | undefined> {
  return (await readServedVersion(site)) === 'none' ? Date.now() : undefined
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10

/** Removes names that differ in each trial. */
function normalizeMessage(said: string, { namespace, rig }: TrialNamespace): string {
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
