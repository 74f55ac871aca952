import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import type { Script, ScriptEnd } from '../../src/adapters/process/run-script.ts'
import { Fault } from '../../src/domain/failure.ts'
import type { Context } from '../../src/runtime/context.ts'
import { readInputs } from '../../src/runtime/inputs.ts'
import type { Adapters, Tracking } from './adapters.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'

export const START = Date.parse('2026-03-01T12:00:00Z')
/** The id of a run that train itself makes. */
export const MADE = 'a'.repeat(32)

/** An MLflow server in memory: what is behind it for real is seen in test/system/train.system.test.ts. */
export class FakeMlflow implements Tracking {
  readonly base = 'http://mlflow:5000'
  readonly runs = new Map<string, Run>()
  readonly files = new Map<string, { path: string; isFolder: boolean; size: undefined }[]>()
  asked: string[] = []
  down = false

  add(id: string, change: Partial<Run> = {}): Run {
    const run: Run = {
      id,
      name: 'brave-ant',
      experimentId: '3',
      status: 'FINISHED',
      deleted: false,
      startTime: START + 1,
      endTime: START + 2,
      artifactUri: '',
      metrics: new Map(),
      params: new Map(),
      tags: {},
      models: [],
      ...change,
    }
    this.runs.set(id, run)
    return run
  }
  #ask(what: string): void {
    this.asked.push(what)
    if (this.down)
      throw new Fault({ system: 'MLflow', call: what, said: 'connection refused', next: 'Is the server up?' })
  }
  async run(id: string) {
    this.#ask('run')
    return this.runs.get(id)
  }
  async runsByTag(key: string, value: string) {
    this.#ask('runsByTag')
    return [...this.runs.values()].filter((run) => run.tags[key] === value)
  }
  async experiment(name: string) {
    this.#ask(`experiment ${name}`)
    return '8'
  }
  async createRun({ experimentId, startTime, tags }: Parameters<Tracking['createRun']>[0]) {
    this.#ask('createRun')
    return this.add(MADE, { experimentId, startTime, tags, status: 'RUNNING' })
  }
  async endRun(id: string, status: 'FINISHED' | 'FAILED' | 'KILLED') {
    this.#ask(`endRun ${status}`)
    this.add(id, { ...this.runs.get(id), status })
  }
  async list(place: Parameters<Tracking['list']>[0], folder = '') {
    this.#ask('list')
    return place.kind === 'run' ? this.files.get([place.path, folder].filter(Boolean).join('/')) : undefined
  }
}

export interface Case {
  inputs?: Record<string, string>
  env?: Record<string, string>
  /** What the script does; it gets its own environment, and prints by `script.onLines`. */
  script?: (script: Script, tag: Record<string, string>) => Partial<ScriptEnd> | undefined
  cancel?: AbortController
}

/** train with fakes around it; the script is a function that gets what a real one would, and the tags for its runs. */
export function setUp() {
  const mlflow = new FakeMlflow()
  const warnings: string[] = []
  const train = ({ inputs = {}, env = {}, script, cancel = new AbortController() }: Case = {}) => {
    const context: Context = {
      run: {
        repository: 'o/r',
        id: '77',
        attempt: '2',
        actor: 'mona',
        url: 'https://x/77',
        event: 'schedule',
      },
      log: { info: () => {}, group: () => {}, warning: (message) => warnings.push(message) },
      env: { PATH: '/bin', GITHUB_SHA: 'abc', INPUT_RUN: 'x', ...env },
      temp: '/tmp',
      workspace: '/tmp',
      cancelled: cancel.signal,
      event: () => ({}),
      saveState: () => {},
    }
    const adapters: Adapters = {
      connect: () => mlflow,
      now: () => START,
      runScript: async (given) => {
        const tag = JSON.parse(given.env.MLFLOW_RUN_CONTEXT ?? '{}')
        return {
          code: 0,
          signal: undefined,
          milliseconds: 61_234,
          leftBehind: false,
          ...script?.(given, tag),
        }
      },
    }
    const given = { run: 'x', 'tracking-uri': 'http://me:secret@mlflow:5000', ...inputs }
    const variables = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
    return main(readInputs(contract, Object.fromEntries(variables)), context, adapters)
  }
  return { mlflow, warnings, train }
}
