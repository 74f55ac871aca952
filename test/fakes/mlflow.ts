import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'

/** An MLflow in memory for tests of actions. System tests cover the same actions with a real server. */
export interface FakeMlflow extends Mlflow {
  runs: Map<string, Run>
  allVersions: ModelVersion[]
  aliases: Map<string, string>
  /** Files written to the artifacts of runs, by URI. */
  writtenFiles: Map<string, string>
  /** Names of logged models by id. The default name is `model`. */
  modelNames: Map<string, string>
  /** Every write, in order: "setAlias champion 2". */
  writes: string[]
  /** Called before each write. It can throw, like a failing server, or change the state, like another job. */
  beforeWrite: (write: string) => void
}

/** A training run, by default finished. */
export function fakeRun(id: string, changes: Partial<Run> = {}): Run {
  return {
    id,
    name: id,
    experimentId: '1',
    status: 'FINISHED',
    deleted: false,
    startTime: 1,
    endTime: undefined,
    artifactUri: `mlflow-artifacts:/1/${id}/artifacts`,
    metrics: new Map(),
    params: new Map(),
    tags: {},
    models: [{ id: `m-${id}`, step: 0 }],
    steps: new Map(),
    datasets: [],
    ...changes,
  }
}

/** A version, by default with a digest tag. */
export function fakeVersion(number: string, changes: Partial<ModelVersion> = {}): ModelVersion {
  const runId = changes.runId ?? number.padStart(32, '0')
  return {
    model: 'fraud',
    number,
    stage: 'None',
    source: `models:/m-${runId}`,
    runId,
    status: 'READY',
    tags: { [versionTags.artifactDigest]: `digest-of-${runId}` },
    createdAt: Number(number),
    ...changes,
  }
}

/** A registry with the model `fraud`. `digestOf` returns the digest of a source; by default, all sources are loadable. */
export function fakeMlflow(
  start: { runs?: Run[]; versions?: ModelVersion[]; aliases?: Record<string, string> } = {},
  digestOf: (source: string) => string | undefined = (source) =>
    `digest-of-${source.replace('models:/m-', '')}`,
): FakeMlflow {
  const runs = new Map((start.runs ?? []).map((run) => [run.id, run]))
  const versions = [...(start.versions ?? [])]
  const aliases = new Map(Object.entries(start.aliases ?? {}))
  const written = new Map<string, string>()
  const modelNames = new Map<string, string>()
  const writes: string[] = []
  const write = (name: string) => {
    fake.beforeWrite(name)
    writes.push(name)
  }
  const change = (number: string, tags: (old: Tags) => Tags) => {
    const index = versions.findIndex((version) => version.number === number)
    const version = versions[index]
    if (version) versions[index] = { ...version, tags: tags(version.tags) }
  }
  const fake: FakeMlflow = {
    base: 'http://mlflow.test',
    runs,
    allVersions: versions,
    aliases,
    writtenFiles: written,
    modelNames,
    writes,
    beforeWrite: () => undefined,
    getRun: async (id) => runs.get(id),
    findRunsByTag: async (key, value) => [...runs.values()].filter(({ tags }) => tags[key] === value),
    findExperiment: async () => ({ id: '1', deleted: false, artifactLocation: 'mlflow-artifacts:/1' }),
    ensureExperiment: async (name) => `id-of-${name}`,
    readServerVersion: async () => '3.4.0',
    async createRun({ experimentId, startTime, tags }) {
      write(`createRun ${experimentId}`)
      const id = String(runs.size + 1).padStart(32, '0')
      const run = fakeRun(id, { experimentId, startTime, tags, status: 'RUNNING', models: [] })
      runs.set(id, run)
      return run
    },
    async endRun(id, status) {
      write(`endRun ${id} ${status}`)
      const run = runs.get(id)
      if (run) runs.set(id, { ...run, status })
    },
    async setRunTags(id, tags) {
      write(`setRunTags ${id} ${Object.keys(tags).join(' ')}`)
      const run = runs.get(id)
      if (run) runs.set(id, { ...run, tags: { ...run.tags, ...tags } })
    },
    async deleteRunTag(id, key) {
      write(`deleteRunTag ${id} ${key}`)
      const run = runs.get(id)
      const { [key]: _gone, ...tags } = run?.tags ?? {}
      if (run) runs.set(id, { ...run, tags })
    },
    getMetricDatasets: async () => [],
    getLoggedModelName: async (id) => modelNames.get(id) ?? 'model',
    getModel: async (name) => (versions.length > 0 ? { name, aliases: new Map(aliases) } : undefined),
    ensureModel: async (name) => write(`ensureModel ${name}`),
    listVersions: async (_, runId) =>
      versions.filter((version) => runId === undefined || version.runId === runId),
    getVersion: async (_, number) => versions.find((version) => version.number === number),
    async createVersion({ model, source, runId, tags }) {
      write(`createVersion ${source}`)
      const number = String(1 + Math.max(0, ...versions.map((version) => Number(version.number))))
      const version = fakeVersion(number, { model, source, runId, tags })
      versions.push(version)
      return version
    },
    async deleteVersion(_, number) {
      write(`deleteVersion ${number}`)
      versions.splice(0, versions.length, ...versions.filter((version) => version.number !== number))
    },
    async setVersionTags(_, number, tags) {
      write(`setVersionTags ${number} ${Object.keys(tags).join(' ')}`)
      change(number, (old) => ({ ...old, ...tags }))
    },
    async deleteVersionTag(_, number, key) {
      write(`deleteVersionTag ${number} ${key}`)
      change(number, ({ [key]: _gone, ...rest }) => rest)
    },
    async setAlias(_, alias, version) {
      write(`setAlias ${alias} ${version}`)
      aliases.set(alias, version)
    },
    async deleteAlias(_, alias) {
      write(`deleteAlias ${alias}`)
      aliases.delete(alias)
    },
    async setStage(_, number, stage) {
      write(`setStage ${number} ${stage}`)
      const index = versions.findIndex((version) => version.number === number)
      const version = versions[index]
      if (version) versions[index] = { ...version, stage }
    },
    listArtifacts: async () => [{ path: 'MLmodel', isFolder: false, size: 1 }],
    readArtifact: async () => (async function* () {})(),
    async writeArtifact(artifactUri, path, content) {
      write(`write ${path}`)
      written.set(`${artifactUri}/${path}`, content)
      return true
    },
    locateArtifacts: async (version) => ({
      kind: 'logged-model',
      id: version.source.replace('models:/', ''),
    }),
    computeDigest: async (place) =>
      digestOf(place.kind === 'logged-model' ? `models:/${place.id}` : JSON.stringify(place)),
    computeVersionDigest: async (version) => digestOf(version.source),
  }
  return fake
}
