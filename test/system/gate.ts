import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, expect } from 'vitest'
import type * as z from 'zod'
import { contract } from '../../actions/gatekeeper/contract.ts'
import { main } from '../../actions/gatekeeper/main.ts'
import { reportSchema } from '../../actions/gatekeeper/report-schema.ts'
import { up } from '../../rig/index.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { inputsOf, job } from './action-call.ts'
import { type Trainer, trainerAt } from './trained.ts'

export let trainer: Trainer
export let mlflow: Mlflow
/** What the last gatekeeper asked of the server: "GET runs/get?run_id=…". */
export let requests: string[] = []

/** Call once in a test file: a real server to judge on. */
export function useGate(): void {
  beforeAll(async () => {
    const rig = await up({ only: ['mlflow'] })
    trainer = await trainerAt(rig.mlflow?.uri ?? '')
    mlflow = connectMlflow(connection())
  })
}

const connection = () => mlflowConnection({ 'tracking-uri': trainer.uri }, {})

export const newModel = () => `gate-${randomUUID()}`

/** The moment of every judgement here, unless a test says another. */
export const NOW = '2026-01-02T03:04:05.000Z'

/** The job that a gatekeeper runs in: its folder, its environment, and the time. */
export interface GateJob {
  workspace?: string
  env?: Readonly<Record<string, string>>
  now?: string
}

/** Judges with the real server; what it asked and wrote is in `requests`. */
export async function gate(model: string, given: Record<string, string>, at: GateJob = {}) {
  requests = []
  const seen = requests
  const adapters = {
    mlflow: () => connectMlflow({ ...connection(), onRequest: (call) => seen.push(call) }),
    now: () => new Date(at.now ?? NOW),
  }
  const usual = { 'model-name': model, metric: 'auc', 'tracking-uri': trainer.uri }
  const { workspace, env } = at
  const context = job({ ...(workspace && { workspace }), ...(env && { env }) })
  const outcome = await main(inputsOf(contract, { ...usual, ...given }), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

/** What a gatekeeper said in its file; fails where it is not of the published form. */
export function reportAt({ report = '' }: Record<string, string>): z.output<typeof reportSchema> {
  return reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')))
}

/** All that is written of the same verdict again: its report takes the place of the one before. */
export const REPORT_ONLY = [expect.stringMatching(/^PUT .*\/retrain\/gate-report\.json$/)]

/** The writes among the requests of the last gatekeeper. */
export const written = () => requests.filter((call) => !call.startsWith('GET'))

/** A model whose version 1 is champion with this value. */
export async function withChampion(auc: number, training = {}) {
  const model = newModel()
  const { runId, modelId } = await trainer.train({ metrics: { auc }, ...training })
  const first = await gate(model, { 'run-id': runId })
  expect(first.outputs.verdict).toBe('promote')
  await mlflow.setAlias(model, 'champion', '1')
  return { model, runId, modelId }
}
