import * as z from 'zod'
import type { Tags } from '../../domain/registry/version-tags.ts'

// MLflow omits empty lists, writes unset strings as "", and int64 as number or string.
const orElse = <T, D>(schema: z.ZodType<T>, fallback: D) =>
  schema.nullish().transform((value) => value ?? fallback)
const string = orElse(z.string(), '')
const time = orElse(z.coerce.number(), undefined)
const listOf = <T>(item: z.ZodType<T>) => orElse(z.array(item), [])
const pairs = listOf(z.object({ key: z.string(), value: string }))
const tags = pairs.transform((list): Tags => Object.fromEntries(list.map(({ key, value }) => [key, value])))

/** NaN and infinities are strings (an infinity is mostly ±1.797e308, which isInfinite handles). */
const number = z
  .union([z.number(), z.string()])
  .transform((value) => (value === '' ? Number.NaN : Number(value)))
const step = z.coerce.number().default(0)
const metrics = listOf(z.object({ key: z.string(), value: number, step }))
const byKey = <T>(list: readonly { key: string; value: T }[]): ReadonlyMap<string, T> =>
  new Map(list.map(({ key, value }) => [key, value]))

const dataset = z
  .object({ dataset: z.object({ name: string, digest: string }), tags: pairs })
  .transform(({ dataset: { name, digest }, tags }) => ({
    name,
    digest,
    /** "training", "test"; empty if the run names none. */
    context: byKey(tags).get('mlflow.data.context') ?? '',
  }))

const run = z
  .object({
    info: z.object({
      run_id: z.string(),
      run_name: string,
      experiment_id: string,
      status: string,
      lifecycle_stage: string,
      start_time: time,
      end_time: time,
      artifact_uri: string,
    }),
    data: z.object({ metrics, params: pairs, tags }).partial().nullish(),
    inputs: z.object({ dataset_inputs: listOf(dataset) }).nullish(),
    outputs: z.object({ model_outputs: listOf(z.object({ model_id: z.string(), step })) }).nullish(),
  })
  .transform(({ info, data, inputs, outputs }) => ({
    id: info.run_id,
    name: info.run_name,
    experimentId: info.experiment_id,
    /** RUNNING, SCHEDULED, FINISHED, FAILED or KILLED. */
    status: info.status,
    deleted: info.lifecycle_stage === 'deleted',
    /** Milliseconds since 1970. */
    startTime: info.start_time,
    /** Milliseconds since 1970; undefined while it runs. */
    endTime: info.end_time || undefined,
    artifactUri: info.artifact_uri,
    /** The last value for each key, at its highest step. */
    metrics: byKey(data?.metrics ?? []),
    /** The highest step for each key. */
    steps: byKey((data?.metrics ?? []).map(({ key, step }) => ({ key, value: step }))),
    params: byKey(data?.params ?? []),
    tags: data?.tags ?? ({} as Tags),
    /** Logged models (MLflow 3). */
    models: (outputs?.model_outputs ?? []).map(({ model_id, step }) => ({ id: model_id, step })),
    /** Logged input datasets. */
    datasets: inputs?.dataset_inputs ?? [],
  }))
export type Run = z.output<typeof run>

const version = z
  .object({
    name: z.string(),
    version: z.coerce.string(),
    current_stage: string,
    source: string,
    run_id: string,
    status: string,
    tags,
    creation_timestamp: time,
  })
  .transform((raw) => ({
    model: raw.name,
    number: raw.version,
    stage: raw.current_stage,
    source: raw.source,
    runId: raw.run_id,
    /** READY; on Databricks also PENDING_REGISTRATION or FAILED_REGISTRATION. */
    status: raw.status,
    tags: raw.tags,
    createdAt: raw.creation_timestamp,
  }))
export type ModelVersion = z.output<typeof version>

const model = z
  .object({
    name: z.string(),
    aliases: listOf(z.object({ alias: z.string(), version: z.coerce.string() })),
  })
  .transform((raw) => ({
    name: raw.name,
    /** Alias to version number. */
    aliases: byKey(raw.aliases.map(({ alias, version }) => ({ key: alias, value: version }))),
  }))
export type RegisteredModel = z.output<typeof model>

const metricDataset = z
  .object({ key: z.string(), dataset_name: string, dataset_digest: string })
  .transform((raw) => ({ key: raw.key, name: raw.dataset_name, digest: raw.dataset_digest }))
/** The dataset of each metric of a logged model. */
export type MetricDatasets = z.output<typeof metricDataset>[]

const file = z
  .object({ path: z.string(), is_dir: z.boolean().nullish(), file_size: z.coerce.number().nullish() })
  .transform((raw) => ({ path: raw.path, isFolder: raw.is_dir ?? false, size: raw.file_size ?? undefined }))
export type Artifact = z.output<typeof file>

const experiment = z
  .object({ experiment_id: z.string(), lifecycle_stage: string, artifact_location: string })
  .transform((raw) => ({
    id: raw.experiment_id,
    deleted: raw.lifecycle_stage === 'deleted',
    /** `mlflow-artifacts:/…` if the server passes files on, else the address of their store. */
    artifactLocation: raw.artifact_location,
  }))
export type Experiment = z.output<typeof experiment>

/** The one field of a response that counts. */
const field = <T>(key: string, value: z.ZodType<T>) =>
  z.object({ [key]: value }).transform((raw) => raw[key] as T)
/** A page of a list. */
const page = <T>(key: string, item: z.ZodType<T>) =>
  z.object({ [key]: listOf(item), next_page_token: string }).transform((raw) => ({
    items: raw[key] as T[],
    next: String(raw.next_page_token),
  }))

export const responseSchemas = {
  run: field('run', run),
  runs: page('runs', run),
  experimentId: field('experiment_id', z.string()),
  experiment: field('experiment', experiment),
  experimentIds: page('experiments', field('experiment_id', z.string())),
  metricDatasets: field(
    'model',
    z
      .object({ data: z.object({ metrics: listOf(metricDataset) }).nullish() })
      .transform((raw) => raw.data?.metrics ?? []),
  ),
  loggedModelName: field(
    'model',
    z.object({ info: z.object({ name: string }).nullish() }).transform((raw) => raw.info?.name ?? ''),
  ),
  model: field('registered_model', model),
  version: field('model_version', version),
  versions: page('model_versions', version),
  files: page('files', file),
  downloadUri: field('artifact_uri', string),
}
