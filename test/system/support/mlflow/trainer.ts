import { randomBytes, randomUUID } from 'node:crypto'

/** What a training logs to a real MLflow server. */
export interface Training {
  metrics?: Readonly<Record<string, number>>
  /** Files of the model besides MLmodel. */
  files?: Readonly<Record<string, string>>
  model?: 'logged' | 'none' | 'mlflow-2'
  status?: 'FINISHED' | 'RUNNING' | 'FAILED' | 'KILLED'
  params?: Readonly<Record<string, string>>
  /** Step of the metrics; default 0. */
  step?: number
  /** Step of the logged model; default 0. */
  modelStep?: number
  /** Datasets logged as inputs of the run. */
  datasets?: readonly Dataset[]
  /** The dataset of the metrics, recorded in the logged model's metrics as MLflow does. */
  metricDataset?: Dataset
}

export interface Dataset {
  name: string
  digest: string
  context: string
}

export type Trainer = Awaited<ReturnType<typeof createTrainer>>

/** Creates an experiment and functions that log trainings to it, with the same requests as MLflow's client. */
export async function createTrainer(uri: string) {
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

  const logModel = async (
    runId: string,
    files: Readonly<Record<string, string>>,
    step = 0,
    name = 'model',
  ) => {
    const { model } = await call('POST', 'logged-models', {
      experiment_id,
      name,
      source_run_id: runId,
    })
    const { model_id: id, artifact_uri: at } = model.info
    const folder = at.replace('mlflow-artifacts:/', '')
    for (const [path, content] of Object.entries(files)) await put(`${folder}/${path}`, content)
    await call('PATCH', `logged-models/${id}`, { model_id: id, status: 'LOGGED_MODEL_READY' })
    await call('POST', 'runs/outputs', { run_id: runId, models: [{ model_id: id, step }] })
    return id as string
  }

  /** @returns the ids of the run and of its logged model */
  const train = async (training: Training = {}): Promise<{ runId: string; modelId: string }> => {
    const { metrics = {}, model = 'logged', status = 'FINISHED', step = 0, datasets = [] } = training
    const { run } = await call('POST', 'runs/create', { experiment_id, start_time: Date.now() })
    const runId: string = run.info.run_id
    const logged = Object.entries(metrics).map(([key, value]) => ({
      key,
      value: Number.isNaN(value) ? 'NaN' : value,
      timestamp: Date.now(),
      step,
    }))
    const params = Object.entries(training.params ?? {}).map(([key, value]) => ({ key, value }))
    await call('POST', 'runs/log-batch', { run_id: runId, metrics: logged, params })
    if (datasets.length > 0)
      await call('POST', 'runs/log-inputs', { run_id: runId, datasets: datasets.map(datasetInput) })
    const files = {
      MLmodel: `run_id: ${runId}\n`,
      'requirements.txt': `# ${runId}\n`,
      'weights.bin': randomBytes(32).toString('hex'),
      ...training.files,
    }
    let modelId = ''
    if (model === 'logged') modelId = await logModel(runId, files, training.modelStep)
    if (training.metricDataset) {
      const { name: dataset_name, digest: dataset_digest } = training.metricDataset
      const on = { model_id: modelId, dataset_name, dataset_digest }
      await call('POST', 'runs/log-batch', {
        run_id: runId,
        metrics: logged.map((one) => ({ ...one, ...on })),
      })
    }
    if (model === 'mlflow-2') {
      for (const [path, content] of Object.entries(files))
        await put(`${experiment_id}/${runId}/artifacts/model/${path}`, content)
    }
    if (status !== 'RUNNING')
      await call('POST', 'runs/update', { run_id: runId, status, end_time: Date.now() })
    return { runId, modelId }
  }

  /** Uploads a file to the artifacts of a run. */
  const putInRun = (runId: string, path: string, content: string) =>
    put(`${experiment_id}/${runId}/artifacts/${path}`, content)

  return { uri, experimentId: experiment_id as string, call, put, putInRun, logModel, train }
}

function datasetInput({ name, digest, context }: Dataset) {
  const dataset = { name, digest, source_type: 'local', source: '{}' }
  return { dataset, tags: [{ key: 'mlflow.data.context', value: context }] }
}
