import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whose helm, and at work on what. */
export interface OrphanOf {
  repository: string
  run: string
  attempt: string
  release: string
  namespace: string
}

const WRITES = ['upgrade', 'install', 'rollback', 'uninstall']
/** Milliseconds that helm gets to write down that it was ended, before it is killed. */
const GRACE = 8000

/**
 * Ends every helm on this machine that a step of this very job started, and that goes on alone after the step was
 * killed: it would undo later what is put right now. Outside Linux, and outside a workflow, none is known.
 * @returns how many there were
 */
export async function endOrphans(of: OrphanOf): Promise<number> {
  const told = new Set<number>()
  for (const until = Date.now() + GRACE; ; await sleep(200)) {
    const found = orphansOf(of)
    if (found.length === 0) return told.size
    const late = Date.now() > until
    // What a wrapper had started becomes an orphan when the wrapper ends.
    for (const pid of found.filter((each) => late || !told.has(each)))
      signal(pid, late ? 'SIGKILL' : 'SIGTERM')
    for (const pid of found) told.add(pid)
    if (late) return told.size
  }
}

function orphansOf(of: OrphanOf): number[] {
  if (of.run === '') return []
  return processes().filter((pid) => {
    const parent = parentOf(pid)
    // One whose parent is of the job as well is nobody's orphan: another step waits for it.
    return isOurs(pid, of) && isHelmOn(pid, of) && (parent === undefined || !isOurs(parent, of))
  })
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function isHelmOn(pid: number, { release, namespace }: OrphanOf): boolean {
  const words = read(pid, 'cmdline').split('\0')
  const at = words.findIndex(
    (word, index) => basename(word) === 'helm' && WRITES.includes(words[index + 1] ?? ''),
  )
  const inNamespace = words[words.indexOf('--namespace') + 1] === namespace
  return at >= 0 && words[at + 2] === release && inNamespace
}

function isOurs(pid: number, { repository, run, attempt }: OrphanOf): boolean {
  const variables = read(pid, 'environ').split('\0')
  return [`GITHUB_REPOSITORY=${repository}`, `GITHUB_RUN_ID=${run}`, `GITHUB_RUN_ATTEMPT=${attempt}`].every(
    (variable) => variables.includes(variable),
  )
}

function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\s+(\d+)$/m.exec(read(pid, 'status'))?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** Empty where it is gone, or another user's. */
function read(pid: number, file: 'cmdline' | 'environ' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}
