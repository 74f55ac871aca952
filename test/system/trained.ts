import { randomBytes, randomUUID } from 'node:crypto'

/** What a training leaves on a real MLflow server, told to it over its API as MLflow's own client would. */
export interface Training {
  metrics?: Readonly<Record<string, number>>
  /** The model's own files; MLmodel goes with them unless `model` is none. */
  files?: Readonly<Record<string, string>>
  model?: 'logged' | 'none' | 'mlflow-2'
  status?: 'FINISHED' | 'RUNNING' | 'FAILED' | 'KILLED'
}

export type Trainer = Awaited<ReturnType<typeof trainerAt>>

/** Trains over and over in an experiment of its own. */
export async function trainerAt(uri: string) {
  const call = async (method: string, path: string, body: unknown) => {
    const response = await fetch(`${uri}/api/2.0/mlflow/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  const put = async (path: string, content: string) => {
    const response = await fetch(`${uri}/api/2.0/mlflow-artifacts/artifacts/${path}`, {
      method: 'PUT',
      body: content,
    })
    if (!response.ok) throw new Error(`PUT ${path}: ${response.status} ${await response.text()}`)
  }
  const { experiment_id } = await call('POST', 'experiments/create', { name: `tests-${randomUUID()}` })

  const logModel = async (runId: string, files: Readonly<Record<string, string>>) => {
    const { model } = await call('POST', 'logged-models', {
      experiment_id,
      name: 'model',
      source_run_id: runId,
    })
    const { model_id: id, artifact_uri: at } = model.info
    const folder = at.replace('mlflow-artifacts:/', '')
    for (const [path, content] of Object.entries(files)) await put(`${folder}/${path}`, content)
    await call('PATCH', `logged-models/${id}`, { model_id: id, status: 'LOGGED_MODEL_READY' })
    await call('POST', 'runs/outputs', { run_id: runId, models: [{ model_id: id, step: 0 }] })
    return id as string
  }

  /** @returns the id of the run, and of the model that it logged */
  const train = async (training: Training = {}): Promise<{ runId: string; modelId: string }> => {
    const { metrics = {}, model = 'logged', status = 'FINISHED' } = training
    const { run } = await call('POST', 'runs/create', { experiment_id, start_time: Date.now() })
    const runId: string = run.info.run_id
    const logged = Object.entries(metrics).map(([key, value]) => ({
      key,
      value: Number.isNaN(value) ? 'NaN' : value,
      timestamp: Date.now(),
      step: 0,
    }))
    await call('POST', 'runs/log-batch', { run_id: runId, metrics: logged })
    const files = {
      MLmodel: `run_id: ${runId}\n`,
      'requirements.txt': `# ${runId}\n`,
      'weights.bin': randomBytes(32).toString('hex'),
      ...training.files,
    }
    let modelId = ''
    if (model === 'logged') modelId = await logModel(runId, files)
    if (model === 'mlflow-2') {
      for (const [path, content] of Object.entries(files))
        await put(`${experiment_id}/${runId}/artifacts/model/${path}`, content)
    }
    if (status !== 'RUNNING')
      await call('POST', 'runs/update', { run_id: runId, status, end_time: Date.now() })
    return { runId, modelId }
  }

  return { uri, experimentId: experiment_id as string, call, put, logModel, train }
}
