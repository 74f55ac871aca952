import { cp, lstat, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, normalize, relative } from 'node:path'
import { parse } from 'yaml'
import { listEvents } from '../github/triggers.ts'
import { tryRun } from '../process/command.ts'
import { mapConcurrently } from '../process/map-concurrently.ts'
import { UsageError } from '../usage-error.ts'
import { listUses, usesSuite, type WorkflowDocument, type WorkflowFile } from './workflow-file.ts'

const WORKFLOWS = '.github/workflows'

/** Folders that a copy leaves out where git does not say which files belong to a repository. */
const SKIPPED = new Set(['.git', 'node_modules', '__pycache__', '.venv', 'venv'])

/** The owner of the folder can differ from root, which runs the rig. */
const git = (folder: string, ...args: string[]) =>
  tryRun(['git', '-c', 'safe.directory=*', '-C', folder, ...args])

/** @throws UsageError if there is no such folder */
export const assertFolder = async (folder: string): Promise<void> => {
  const found = await stat(folder).catch(() => undefined)
  if (found === undefined) throw new UsageError(`${folder} does not exist`)
  if (!found.isDirectory()) throw new UsageError(`${folder} is not a folder`)
}

/** Returns owner/name of the repository's remote `origin`, or a name of the folder. */
export const readRepositoryName = async (folder: string): Promise<string> => {
  const { stdout } = await git(folder, 'remote', 'get-url', 'origin')
  const [, name] = /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(stdout.trim()) ?? []
  return name ?? `local/${basename(folder).replaceAll(/[^\w.-]/g, '-')}`
}

/** Lists the files of a git repository, also uncommitted ones, without ignored ones; undefined if it is none. */
const listGitFiles = async (folder: string): Promise<string[] | undefined> => {
  const { code, stdout } = await git(folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
  return code === 0 ? [...new Set(stdout.split('\0'))].filter((path) => path !== '') : undefined
}

const listAllFiles = async (folder: string, under = ''): Promise<string[]> => {
  const entries = await readdir(join(folder, under), { withFileTypes: true })
  const nested = entries
    .filter(({ name }) => !SKIPPED.has(name))
    .map(async (entry) => {
      const path = join(under, entry.name)
      return entry.isDirectory() ? listAllFiles(folder, path) : [path]
    })
  return (await Promise.all(nested)).flat()
}

/**
 * Copies the files of a folder: those of its git repository, committed or not, or all if there is none.
 * @param without files that the copy must not have
 */
export const copyFolder = async (folder: string, into: string, without: readonly string[]): Promise<void> => {
  const files = (await listGitFiles(folder)) ?? (await listAllFiles(folder))
  await mapConcurrently(files, 16, async (path) => {
    const source = join(folder, path)
    // A deleted file is in the index. A folder is another repository, which a checkout does not have.
    const found = await lstat(source).catch(() => undefined)
    if (without.includes(source) || found === undefined || found.isDirectory()) return
    await mkdir(dirname(join(into, path)), { recursive: true })
    await cp(source, join(into, path), { verbatimSymlinks: true })
  })
}

const readYaml = async (path: string): Promise<object> => {
  const text = await readFile(path, 'utf8')
  try {
    return Object(parse(text))
  } catch (error) {
    throw new UsageError(`${path} is not valid YAML: ${error instanceof Error ? error.message : error}`)
  }
}

/** Reads the local reusable workflows and composite actions that a document uses, in turn. */
const readCalls = async (folder: string, document: object, seen: Set<string>): Promise<object[]> => {
  const local = listUses(document).filter((uses) => uses.startsWith('./'))
  const read = local.map(async (uses) => {
    const path = normalize(uses)
    const candidates = /\.ya?ml$/.test(path) ? [path] : [join(path, 'action.yml'), join(path, 'action.yaml')]
    for (const candidate of candidates) {
      const isInside = !relative(folder, join(folder, candidate)).startsWith('..')
      if (seen.has(candidate) || !isInside || !(await stat(join(folder, candidate)).catch(() => undefined)))
        continue
      seen.add(candidate)
      const called = await readYaml(join(folder, candidate))
      return [called, ...(await readCalls(folder, called, seen))]
    }
    return []
  })
  return (await Promise.all(read)).flat()
}

/** Reads the workflow files of a folder. @throws UsageError if there is none, or one is not valid YAML */
export const readWorkflows = async (folder: string): Promise<WorkflowFile[]> => {
  const entries = await readdir(join(folder, WORKFLOWS)).catch(() => [])
  const names = entries.filter((name) => /\.ya?ml$/.test(name)).sort()
  if (names.length === 0) throw new UsageError(await explainNoWorkflow(folder))
  return Promise.all(
    names.map(async (name) => {
      const document = await readYaml(join(folder, WORKFLOWS, name))
      return {
        name,
        document: document as WorkflowDocument,
        calls: await readCalls(folder, document, new Set()),
      }
    }),
  )
}

const explainNoWorkflow = async (folder: string): Promise<string> => {
  const { code, stdout } = await git(folder, 'rev-parse', '--show-toplevel')
  const root = stdout.trim()
  const isRoot = code !== 0 || relative(root, folder) === ''
  const hint = isRoot
    ? 'The quick start of README.md has a workflow to copy.'
    : `It belongs to the repository ${root}: name that folder.`
  return `${join(folder, WORKFLOWS)} has no workflow file. ${hint}`
}

/**
 * Returns the workflow with this file name, else the only one that uses the suite and has an event of its own, or of
 * several the one that retrains by its name.
 * @throws UsageError with the choices
 */
export const chooseWorkflow = (workflows: readonly WorkflowFile[], name?: string): WorkflowFile => {
  const list = (files: readonly WorkflowFile[]) => files.map((each) => each.name).join(', ')
  const candidates = workflows.filter(
    (workflow) =>
      usesSuite(workflow) && listEvents(workflow.document.on).some((event) => event !== 'workflow_call'),
  )
  if (name !== undefined) {
    const named = workflows.find((workflow) => workflow.name === basename(name))
    if (named === undefined)
      throw new UsageError(`there is no workflow ${name}; there are ${list(workflows)}`)
    if (!usesSuite(named)) throw new UsageError(`${named.name} does not use retrain-actions`)
    return named
  }
  const retrain = candidates.find((each) => /^retrain\.ya?ml$/.test(each.name))
  if (retrain !== undefined) return retrain
  const [only, ...more] = candidates
  if (only === undefined)
    throw new UsageError(`no workflow uses retrain-actions; there are ${list(workflows)}`)
  if (more.length > 0)
    throw new UsageError(`several workflows use retrain-actions, name one after FOLDER: ${list(candidates)}`)
  return only
}
