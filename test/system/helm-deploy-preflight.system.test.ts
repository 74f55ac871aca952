import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { type Namespace, openNamespace, tinyChart } from './support/cluster/namespace.ts'
import { createTrainer, type Trainer } from './support/mlflow/trainer.ts'

let cluster: Namespace
let trainer: Trainer
let mlflow: Mlflow
beforeAll(async () => {
  cluster = await openNamespace()
  trainer = await createTrainer(cluster.rig.mlflow.uri)
  mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': trainer.uri }, {}))
})
afterAll(() => cluster.close())

/** Registers a version with these tags; with `digest`, as if evaluated with the same files. */
async function register(model: string, tags: Tags, files: Record<string, string> = {}): Promise<string> {
  const { runId, modelId } = await trainer.train({ files })
  await mlflow.ensureModel(model)
  const mark = versionTags.runUrl
  const source = `models:/${modelId}`
  const version = await mlflow.createVersion({
    model,
    source,
    runId,
    tags: { ...tags, [mark]: runId },
    idempotencyTag: mark,
  })
  if (tags[versionTags.verdict] === 'promote') {
    const digest = (await mlflow.computeVersionDigest(version)) ?? ''
    await mlflow.setVersionTags(model, version.number, { [versionTags.artifactDigest]: digest })
  }
  return version.number
}

test.concurrent('the registry decides which version may be deployed', async () => {
  const model = `guard-${randomUUID()}`
  const release = 'guard'
  const judged = { [versionTags.verdict]: 'promote' }
  const deploy = (version: string, given: Record<string, string> = {}) =>
    cluster.deploy('helm4', {
      release,
      'model-name': model,
      'model-version': version,
      'tracking-uri': trainer.uri,
      'require-verdict': 'true',
      ...given,
    })
  const installed = () => cluster.helm('helm4', 'list', '--filter', '^guard$', '--output', 'json')

  // Nothing is installed without a verdict. With one, the server gets the address of MLflow.
  const unjudged = await deploy(await register(model, {}))
  expect(unjudged.outputs.outcome).toBe('refused')
  expect(unjudged.failure?.message).toContain('no verdict')
  expect(JSON.parse(await installed())).toEqual([])

  const good = await register(model, judged)
  const { outputs } = await deploy(good)
  expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': good })
  expect(await cluster.readVariable(release, 'MLFLOW_URI')).toBe(trainer.uri)
  await mlflow.setAlias(model, 'champion', good)

  // A version whose files do not load is quarantined, and its files are recognized under a new number.
  const before = await mlflow.getModel(model)
  const files = { 'weights.bin': 'these very weights' }
  const bad = await register(model, judged, files)
  const serve = 'echo "weights.bin is truncated, password=hunter2"; exit 3'
  const crash = await deploy(bad, { values: JSON.stringify({ serve }) })
  expect(crash.outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': before?.aliases.get('champion'),
  })
  const failureTags: Tags = (await mlflow.getVersion(model, bad))?.tags ?? {}
  expect(failureTags[versionTags.quarantined]).toMatch(
    /^CrashLoopBackOff \(exit code 3\).*; the model's files are corrupt$/,
  )
  expect(JSON.stringify(failureTags)).not.toContain('hunter2')

  const same = await deploy(await register(model, judged, files))
  expect(same.outputs.outcome).toBe('refused')
  expect(same.failure?.message).toContain(`as version ${bad}, which has the same files`)

  // A missing image makes the version only suspect.
  const unlucky = await register(model, judged)
  await deploy(unlucky, { values: JSON.stringify({ image: 'retrain-actions/nowhere:1' }) })
  const tags: Tags = (await mlflow.getVersion(model, unlucky))?.tags ?? {}
  expect(tags[versionTags.suspect]).toMatch(/^ImagePullBackOff/)
  expect(tags).not.toHaveProperty([versionTags.quarantined])

  // A version that serves without a champion must be adopted first.
  await mlflow.deleteAlias(model, 'champion')
  const unadopted = await deploy(await register(model, judged))
  expect(unadopted.outputs.outcome).toBe('refused')
  expect(unadopted.failure?.message).toContain('adopt: true')

  // The release of another model stays unchanged.
  const other = await cluster.deploy('helm4', { release, 'model-name': 'other', 'model-version': '1' })
  expect(other.outputs.outcome).toBe('refused')
  expect(other.failure?.message).toContain('serves the model')
})

test.concurrent('a release that plain helm deployed counts as verified when its pods are ready', async () => {
  const release = 'adopted'
  const model = 'model.name=tiny,model.version=1'
  await cluster.helm('helm3', 'install', release, tinyChart, '--set-string', model, '--wait')
  const { outputs } = await cluster.deploy('helm3', {
    release,
    'model-version': '2',
    values: JSON.stringify({ serve: 'exit 3' }),
  })
  expect(outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
    'previous-model-version': '1',
  })
})

test.concurrent('version-from reads the version from an HTTP response of the pod', async () => {
  const answer = `python3 -c '
import http.server, json, os
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(json.dumps({"model": {"version": "7"}}).encode())
open("/tmp/ready", "w"); http.server.HTTPServer(("", 8080), Health).serve_forever()'`
  const given = { release: 'asked', 'version-from': 'http:8080/health#model.version', timeout: '40s' }
  const values = JSON.stringify({ serve: answer })
  const right = await cluster.deploy('helm4', { ...given, values, 'model-version': '7' })
  expect(right.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '7' })
  const wrong = await cluster.deploy('helm4', { ...given, values, 'model-version': '8' })
  expect(wrong.outputs).toMatchObject({ outcome: 'rolled-back', 'failure-reason': 'WrongVersion' })
  expect(wrong.failure?.message).toContain('it serves version 7, expected 8')
})

test.concurrent('a chart that does not render names its input, and the release stays unchanged', async () => {
  const release = 'renders'
  await cluster.deploy('helm4', { release, 'model-version': '1' })
  const values = JSON.stringify({ broken: true })
  const attempt = cluster.deploy('helm4', { release, 'model-version': '2', values })
  await expect(attempt).rejects.toThrow(
    /^Input values: the chart does not render: .*this chart does not render.*Set it in values/,
  )
  expect(JSON.parse(await cluster.helm('helm4', 'history', release, '--output', 'json'))).toHaveLength(1)
})
