import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Which job started helm, and for which release. */
export interface OrphanQuery {
  repository: string
  run: string
  attempt: string
  release: string
  namespace: string
}

const HELM_WRITE_COMMANDS = ['upgrade', 'install', 'rollback', 'uninstall']
/** Milliseconds that helm gets to record the revision as failed, before it is killed. */
const TERM_GRACE_MS = 8000

/**
 * Terminates every helm on this machine that a step of this job started and that runs on after the step was killed: it
 * would overwrite the recovery. Finds none outside Linux and outside a workflow. No library does this; execa knows only
 * its own children.
 * @returns how many there were
 */
export async function killOrphanedProcesses(query: OrphanQuery): Promise<number> {
  const signaled = new Set<number>()
  for (const until = Date.now() + TERM_GRACE_MS; ; await sleep(200)) {
    const found = findOrphans(query)
    if (found.length === 0) return signaled.size
    const isLate = Date.now() > until
    // A process that a wrapper started becomes an orphan when the wrapper ends.
    for (const pid of found.filter((each) => isLate || !signaled.has(each)))
      sendSignal(pid, isLate ? 'SIGKILL' : 'SIGTERM')
    for (const pid of found) signaled.add(pid)
    if (isLate) return signaled.size
  }
}

function findOrphans(query: OrphanQuery): number[] {
  if (query.run === '') return []
  const processIds = globSync('[0-9]*', { cwd: '/proc' }).map(Number)
  return processIds.filter((pid) => {
    const parent = /^PPid:\s+(\d+)$/m.exec(readProcFile(pid, 'status'))?.[1]
    // Where the parent is of the same job, a step still waits for this process.
    return isFromJob(pid, query) && isHelmProcess(pid, query) && !isFromJob(Number(parent), query)
  })
}

function isHelmProcess(pid: number, { release, namespace }: OrphanQuery): boolean {
  const words = readProcFile(pid, 'cmdline').split('\0')
  const at = words.findIndex(
    (word, index) => basename(word) === 'helm' && HELM_WRITE_COMMANDS.includes(words[index + 1] ?? ''),
  )
  const inNamespace = words[words.indexOf('--namespace') + 1] === namespace
  return at >= 0 && words[at + 2] === release && inNamespace
}

function isFromJob(pid: number, { repository, run, attempt }: OrphanQuery): boolean {
  const variables = readProcFile(pid, 'environ').split('\0')
  return [`GITHUB_REPOSITORY=${repository}`, `GITHUB_RUN_ID=${run}`, `GITHUB_RUN_ATTEMPT=${attempt}`].every(
    (variable) => variables.includes(variable),
  )
}

/** Empty where the process has ended or belongs to another user. */
function readProcFile(pid: number, file: 'cmdline' | 'environ' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // The process has ended.
  }
}
