import * as z from 'zod'
import type { Tags } from '../../domain/ledger.ts'

// MLflow leaves empty lists out, writes unset strings as "", and int64 as number or string; all of that is read here.
const string = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const time = z.coerce
  .number()
  .nullish()
  .transform((value) => value ?? undefined)
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
const pairs = listOf(z.object({ key: z.string(), value: string }))
const tags = pairs.transform((list): Tags => Object.fromEntries(list.map(({ key, value }) => [key, value])))

/** NaN and the infinities come as strings (an infinity mostly as ±1.797e308, which the verdict knows). */
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
    /** What it was for: "training", "test"; "" where the run does not say. */
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
    endTime: info.end_time,
    artifactUri: info.artifact_uri,
    /** The value of the highest step for each key; NaN where it is not a number. */
    metrics: byKey(data?.metrics ?? []),
    /** That step, for each key. */
    steps: byKey((data?.metrics ?? []).map(({ key, step }) => ({ key, value: step }))),
    params: byKey(data?.params ?? []),
    tags: data?.tags ?? ({} as Tags),
    /** Logged models of the run, in MLflow 3. */
    models: (outputs?.model_outputs ?? []).map(({ model_id, step }) => ({ id: model_id, step })),
    /** Datasets that were logged as its inputs. */
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
    tags,
  })
  .transform((raw) => ({
    name: raw.name,
    /** Alias to version number. */
    aliases: new Map(raw.aliases.map(({ alias, version }) => [alias, version])) as ReadonlyMap<
      string,
      string
    >,
    tags: raw.tags,
  }))
export type RegisteredModel = z.output<typeof model>

/** The metrics of a logged model, which say what dataset each was measured on. */
const loggedModel = z
  .object({
    data: z
      .object({
        metrics: listOf(z.object({ key: z.string(), dataset_name: string, dataset_digest: string })),
      })
      .nullish(),
  })
  .transform(({ data }) =>
    (data?.metrics ?? []).map(({ key, dataset_name: name, dataset_digest: digest }) => ({
      key,
      name,
      digest,
    })),
  )
export type MeasuredOn = z.output<typeof loggedModel>

const file = z
  .object({ path: z.string(), is_dir: z.boolean().nullish(), file_size: z.coerce.number().nullish() })
  .transform((raw) => ({ path: raw.path, isFolder: raw.is_dir ?? false, size: raw.file_size ?? undefined }))
export type Artifact = z.output<typeof file>

const token = { next_page_token: string }

export const answers = {
  nothing: z.unknown(),
  run: z.object({ run }).transform((raw) => raw.run),
  runs: z.object({ runs: listOf(run), ...token }),
  experimentId: z.object({ experiment_id: z.string() }).transform((raw) => raw.experiment_id),
  experiment: z
    .object({ experiment: z.object({ experiment_id: z.string(), lifecycle_stage: string }) })
    .transform(({ experiment }) => ({
      id: experiment.experiment_id,
      deleted: experiment.lifecycle_stage === 'deleted',
    })),
  experiments: z.object({ experiments: listOf(z.object({ experiment_id: z.string() })), ...token }),
  loggedModel: z.object({ model: loggedModel }).transform((raw) => raw.model),
  model: z.object({ registered_model: model }).transform((raw) => raw.registered_model),
  version: z.object({ model_version: version }).transform((raw) => raw.model_version),
  versions: z.object({ model_versions: listOf(version), ...token }),
  files: z.object({ files: listOf(file), ...token }),
  downloadUri: z.object({ artifact_uri: string }).transform((raw) => raw.artifact_uri),
}
