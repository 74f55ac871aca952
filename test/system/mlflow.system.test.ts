import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { up } from '../../rig/index.ts'
import { repository } from '../../rig/paths.ts'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { createTrainer, type Trainer } from './support/mlflow/trainer.ts'

const MIB = 1024 * 1024

let trainer: Trainer
let mlflow: Mlflow

beforeAll(async () => {
  const rig = await up({ only: ['mlflow'] })
  trainer = await createTrainer(rig.mlflow?.uri ?? '')
  mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': trainer.uri }, {}))
})

describe('the MLflow client on a real server', () => {
  it('recognizes a host name that the server does not allow, behind a proxy', async () => {
    const seen: string[] = []
    const proxy = createServer((incoming, outgoing) => {
      seen.push(incoming.url ?? '')
      const { host, port } = new URL(trainer.uri)
      const path = new URL(incoming.url ?? '').pathname
      // The proxy forwards the requested host name.
      const headers = { ...incoming.headers, host: incoming.headers.host ?? host }
      incoming.pipe(
        request({ host: '127.0.0.1', port, path, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
          answer.pipe(outgoing)
        }),
      )
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => proxy.once('listening', resolve))
    const env = { HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
    const behind = connectMlflow(resolveMlflowConnection({ 'tracking-uri': 'http://mlflow.example' }, env))
    await expect(behind.getModel('fraud')).rejects.toThrow(
      /\(403\): Invalid Host header.* does not accept the host name in http:\/\/mlflow.example: start it with --allowed-hosts/,
    )
    expect(seen[0]).toMatch(/^http:\/\/mlflow.example\/api\/2.0\/mlflow\/registered-models\/get/)
    proxy.closeAllConnections()
    proxy.close()
  })

  it('reads a run, and undefined for a missing one', async () => {
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.1, loss: Number.NaN } })
    const run = await mlflow.getRun(runId)
    expect(run).toMatchObject({ id: runId, status: 'FINISHED', deleted: false, models: [{ id: modelId }] })
    expect(run?.metrics).toEqual(
      new Map([
        ['auc', 0.1],
        ['loss', Number.NaN],
      ]),
    )
    expect(await mlflow.getRun('0'.repeat(32))).toBeUndefined()
  })

  it('creates a run, tags it, ends it, and finds it by its tag in any experiment', async () => {
    const key = 'gha.run'
    const value = `it's ${randomUUID()}`
    const name = `made-${randomUUID()}`
    expect(await mlflow.ensureExperiment(name)).toBe(await mlflow.ensureExperiment(name))
    const created = await mlflow.createRun({
      experimentId: await mlflow.ensureExperiment(name),
      startTime: Date.now(),
      tags: { [key]: value },
    })
    const { runId: other } = await trainer.train()
    await mlflow.setRunTags(other, { [key]: value, gone: 'soon' })
    // A second deletion succeeds.
    for (const _ of [1, 2]) await mlflow.deleteRunTag(other, 'gone')
    expect((await mlflow.getRun(other))?.tags).not.toHaveProperty('gone')
    const { runId: deleted } = await trainer.train()
    await mlflow.setRunTags(deleted, { [key]: value })
    await trainer.call('POST', 'runs/delete', { run_id: deleted })
    await mlflow.endRun(created.id, 'KILLED', Date.now())
    const found = await mlflow.findRunsByTag(key, value)
    expect(new Map(found.map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        [created.id, 'KILLED'],
        [other, 'FINISHED'],
      ]),
    )
    expect(await mlflow.findRunsByTag(key, 'missing')).toEqual([])
    const { experiment_id } = await trainer.call('POST', 'experiments/create', { name: `gone-${name}` })
    await trainer.call('POST', 'experiments/delete', { experiment_id })
    await expect(mlflow.ensureExperiment(`gone-${name}`)).rejects.toThrow(/is deleted: restore it/)
  })

  it.each(["it's", 'a "quoted"', 'back\\slash', 'plain'])(
    'keeps versions, tags and aliases of %s',
    async (text) => {
      const name = `${text} ${randomUUID()}`
      expect(await mlflow.getModel(name)).toBeUndefined()
      expect(await mlflow.listVersions(name)).toEqual([])
      await Promise.all([1, 2, 3].map(() => mlflow.ensureModel(name)))
      const { runId, modelId } = await trainer.train()
      const create = () =>
        mlflow.createVersion({
          model: name,
          source: `models:/${modelId}`,
          runId,
          tags: { mark: randomUUID() },
          idempotencyTag: 'mark',
        })
      expect((await create()).number).toBe('1')
      expect((await create()).number).toBe('2')
      await mlflow.setVersionTags(name, '2', { a: '1', b: 'two\nlines' })
      await mlflow.deleteVersionTag(name, '2', 'mark')
      await mlflow.deleteVersionTag(name, '2', 'mark')
      expect((await mlflow.getVersion(name, '2'))?.tags).toEqual({ a: '1', b: 'two\nlines' })
      expect((await mlflow.listVersions(name, runId)).map(({ number }) => number).sort()).toEqual(['1', '2'])
      expect(await mlflow.listVersions(name, '0'.repeat(32))).toEqual([])
      await mlflow.setAlias(name, 'champion', '2')
      expect((await mlflow.getModel(name))?.aliases).toEqual(new Map([['champion', '2']]))
      await mlflow.deleteVersion(name, '2')
      await mlflow.deleteVersion(name, '2')
      await mlflow.deleteAlias(name, 'champion')
      expect(await mlflow.getVersion(name, '2')).toBeUndefined()
      expect((await mlflow.getModel(name))?.aliases.size).toBe(0)
    },
  )

  it('identifies a model by its own files, from any listing', async () => {
    const files = { 'weights.bin': 'same', 'code/deep/net.py': 'layers = 3', 'a b#?.txt': 'odd name' }
    const one = await trainer.train({ files })
    const two = await trainer.train({
      files: { ...files, 'requirements.txt': 'other', 'input_example.json': '[1]' },
    })
    const changed = await trainer.train({ files: { ...files, 'code/deep/net.py': 'layers = 4' } })
    const moved = await trainer.train({
      files: { 'weights.bin': 'same', 'code/net.py': 'layers = 3', 'a b#?.txt': 'odd name' },
    })
    const rewired = await trainer.train({
      files: { ...files, MLmodel: 'flavors: {python_function: {loader_module: other}}\n' },
    })
    const old = await trainer.train({ files, model: 'mlflow-2' })
    const none = await trainer.train({ model: 'none' })
    const digest = (id: string) => mlflow.computeDigest({ kind: 'logged-model', id })
    const same = await digest(one.modelId)
    expect(same).toMatch(/^[0-9a-f]{64}$/)
    expect(await digest(two.modelId)).toBe(same)
    expect(await digest(changed.modelId)).not.toBe(same)
    expect(await digest(moved.modelId)).not.toBe(same)
    expect(await digest(rewired.modelId)).not.toBe(same)
    expect(await mlflow.computeDigest({ kind: 'run', runId: old.runId, path: 'model' })).toBe(same)
    const path = `${trainer.experimentId}/models/${one.modelId}/artifacts`
    expect(await mlflow.computeDigest({ kind: 'proxy', path })).toBe(same)
    expect(await mlflow.computeDigest({ kind: 'run', runId: none.runId, path: 'model' })).toBeUndefined()
    expect(await digest(`m-${'0'.repeat(32)}`)).toBeUndefined()
  })

  it('recognizes the files of a version, also of a copy under another name', async () => {
    const name = randomUUID()
    const { runId, modelId } = await trainer.train()
    await mlflow.ensureModel(name)
    await mlflow.ensureModel(`${name}-copy`)
    const version = await mlflow.createVersion({
      model: name,
      source: `models:/${modelId}`,
      runId,
      tags: {},
      idempotencyTag: 'x',
    })
    const { model_version } = await trainer.call('POST', 'model-versions/create', {
      name: `${name}-copy`,
      source: `models:/${name}/1`,
    })
    const copy = await mlflow.getVersion(`${name}-copy`, model_version.version)
    expect(copy?.source).not.toBe(version.source)
    expect(await mlflow.computeVersionDigest(copy as never)).toBe(await mlflow.computeVersionDigest(version))
  })

  it('streams a model in far less memory than its size', async () => {
    const { runId } = await trainer.train({ model: 'none' })
    const logged = (bytes: number) =>
      trainer.logModel(runId, { MLmodel: 'x', 'weights.bin': 'w'.repeat(bytes) })
    const [small, large] = [await logged(1), await logged(256 * MIB)]
    const script = join(repository, 'test/system/support/mlflow/digest-memory.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [script, trainer.uri, small, large])
    const [one, two] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(two.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(two.digest).not.toBe(one.digest)
    expect(two.most - one.most).toBeLessThan(160 * MIB)
  })
})
