import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, expect } from 'vitest'
import type * as z from 'zod'
import { contract } from '../../../../actions/gatekeeper/contract.ts'
import { main } from '../../../../actions/gatekeeper/main.ts'
import { reportSchema } from '../../../../actions/gatekeeper/output/report-schema.ts'
import { up } from '../../../../rig/index.ts'
import { resolveMlflowConnection } from '../../../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../../../src/adapters/mlflow/mlflow.ts'
import { createJob, inputsOf } from '../action-call.ts'
import { createTrainer, type Trainer } from './trainer.ts'

export let trainer: Trainer
export let mlflow: Mlflow
/** Requests of the last gatekeeper: "GET runs/get?run_id=…". */
export let requests: string[] = []

/** Starts a real MLflow server. Call this once per test file. */
export function useGatekeeper(): void {
  beforeAll(async () => {
    const rig = await up({ only: ['mlflow'] })
    trainer = await createTrainer(rig.mlflow?.uri ?? '')
    mlflow = connectMlflow(connection())
  })
}

const connection = () => resolveMlflowConnection({ 'tracking-uri': trainer.uri }, {})

export const newModelName = () => `gate-${randomUUID()}`

/** The default time of evaluations. */
export const NOW = '2026-01-02T03:04:05.000Z'

/** The job that runs the gatekeeper. */
export interface GateJob {
  workspace?: string
  env?: Readonly<Record<string, string>>
  now?: string
}

/** Runs the gatekeeper against the real server and records its requests in `requests`. */
export async function runGatekeeper(model: string, changes: Record<string, string>, at: GateJob = {}) {
  const recorded: string[] = []
  requests = recorded
  const adapters = {
    mlflow: () => connectMlflow({ ...connection(), onRequest: (call) => recorded.push(call) }),
    now: () => new Date(at.now ?? NOW),
  }
  const defaults = { 'model-name': model, metric: 'auc', 'tracking-uri': trainer.uri }
  const { workspace, env } = at
  const context = createJob({ ...(workspace && { workspace }), ...(env && { env }) })
  const outcome = await main(inputsOf(contract, { ...defaults, ...changes }), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

/** Reads the report file and checks it against the published schema. */
export function readReport({ report = '' }: Record<string, string>): z.output<typeof reportSchema> {
  return reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')))
}

/** The only write when a verdict is repeated: the report is replaced. */
export const REPORT_ONLY = [expect.stringMatching(/^PUT .*\/retrain\/gate-report\.json$/)]

/** Lists the writing requests of the last gatekeeper. */
export const listWrites = () => requests.filter((call) => !call.startsWith('GET'))

/** Creates a model whose version 1 is champion with this AUC. */
export async function createChampion(auc: number, training = {}) {
  const model = newModelName()
  const { runId, modelId } = await trainer.train({ metrics: { auc }, ...training })
  const first = await runGatekeeper(model, { 'run-id': runId })
  expect(first.outputs.verdict).toBe('promote')
  await mlflow.setAlias(model, 'champion', '1')
  return { model, runId, modelId }
}
