import { randomUUID } from 'node:crypto'
import { beforeAll, expect } from 'vitest'
import { contract } from '../../actions/gatekeeper/contract.ts'
import { main } from '../../actions/gatekeeper/main.ts'
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

/** Judges with the real server; what it asked and wrote is in `requests`. */
export async function gate(model: string, given: Record<string, string>) {
  requests = []
  const seen = requests
  const adapters = {
    mlflow: () => connectMlflow({ ...connection(), onRequest: (call) => seen.push(call) }),
    now: () => new Date('2026-01-02T03:04:05Z'),
  }
  const usual = { 'model-name': model, metric: 'auc', 'tracking-uri': trainer.uri }
  const outcome = await main(inputsOf(contract, { ...usual, ...given }), job(), adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

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
