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
  context: TrialContext,
  scenario: FailureScenario,
  tool: ToolName,
): Promise<BadDeployResult> {
  return await runTrial(context, scenario, tool, async ({ cluster, result, model, startedAt }) => {
    const recoveredAt = scenario.isFirstInstall
      ? await waitUntilGone(cluster)
      : await waitUntilServing(cluster, '1', SERVING_TIMEOUT_MS)
    const success = result.exitCode === 0
    const registry = tool === 'helm-deploy' ? await context.models.readStatus(model, '2') : undefined
    return {
      scenario: scenario.name,
      description: scenario.description,
      tool,
      status: success ? 'success' : 'failure',
      reason: result.reason,
      message: normalizeMessage(result.message, cluster),
      seconds: recoveredAt !== undefined && !success ? seconds(recoveredAt - startedAt) : undefined,
      savedEvidence: {
        lines: result.lines.filter((line) => scenario.causePattern.test(line)).length,
        ...result.savedEvidence,
      },
      remainingEvidence: {
        logs: await countRemainingLogLines(cluster),
        events: await countRemainingEvents(cluster, startedAt),
      },
      release: await readReleaseState(cluster),
      servedVersion: await readServedVersion(cluster),
      registry,
    }
  })
}

/** Measures a slow deployment, which recovers without help. */
export async function measureSlowDeploy(
  context: TrialContext,
  scenario: Scenario,
  tool: ToolName,
): Promise<SlowDeployResult> {
  return await runTrial(context, scenario, tool, async ({ cluster, result, startedAt, endedAt }) => {
    const servingAt = await waitUntilServing(cluster, '2', SERVING_TIMEOUT_MS)
    return {
      scenario: scenario.name,
      description: scenario.description,
      tool,
      failed: result.exitCode !== 0 || servingAt === undefined,
      seconds: seconds(endedAt - startedAt),
      message: normalizeMessage(result.message, cluster),
    }
  })
}

interface DeployedTrial {
  cluster: TrialNamespace
  model: string
  result: DeployResult
  /** Start and end of the tool in milliseconds since 1970. */
  startedAt: number
  endedAt: number
}

async function runTrial<T>(
  context: TrialContext,
  scenario: Scenario & Partial<FailureScenario>,
  tool: ToolName,
  measureTrial: (trial: DeployedTrial) => Promise<T>,
): Promise<T> {
  const { rig, images, models, dist } = context
  const folder = mkdtempSync(join(context.folder, 'trial-'))
  const cluster = await openTrialNamespace(rig, images, tool)
  try {
    await scenario.setUp?.(cluster)
    const model = tool === 'helm-deploy' ? await models.register(2, 'own') : 'bench'
    if (!scenario.isFirstInstall) {
      await installFirstVersion(cluster, folder, createValues(model, '1', scenario.baseValues ?? {}))
      if (tool === 'helm-deploy') await models.setChampion(model, '1')
    }
    await scenario.prepare?.(cluster)
    const newValues =
      typeof scenario.newValues === 'function' ? await scenario.newValues(cluster) : scenario.newValues
    const values = { ...scenario.baseValues, ...newValues }
    const request = {
      cluster,
      scenario,
      model,
      values,
      dist,
      folder: join(folder, 'order'),
      trackingUri: models.uri,
    }
    mkdirSync(request.folder)
    const startedAt = Date.now()
    const during = scenario.during?.(cluster)
    const result = await deploy(tool, request)
    const endedAt = Date.now()
    await during
    return await measureTrial({ cluster, model, result, startedAt, endedAt })
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await scenario.cleanUp?.(cluster).catch((error: unknown) => console.error(`cleaning up: ${error}`))
    await cluster.close()
  }
}

async function installFirstVersion(cluster: TrialNamespace, folder: string, values: Values): Promise<void> {
  const file = join(folder, 'first.json')
  writeFileSync(file, JSON.stringify(values))
  await cluster.helm('install', RELEASE, CHART, '--values', file, '--wait', '--timeout', '120s')
}

/** Waits until the release is completely removed. @returns the time */
async function waitUntilGone(cluster: TrialNamespace): Promise<number | undefined> {
  return (await readServedVersion(cluster)) === 'none' ? Date.now() : undefined
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10

/** Removes names that differ in each trial. */
function normalizeMessage(message: string, { namespace, rig }: TrialNamespace): string {
  return message
    .replaceAll(namespace, 'bench')
    .replaceAll(rig.mlflow.uri, 'http://mlflow')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1')
    .replace(/\bbench-[0-9a-f]{8}\b/g, 'bench')
    .replace(/\b(bench)-[0-9a-f]{6,10}-[0-9a-z]{5}\b/g, '$1-…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600)
}
