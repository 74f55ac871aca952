import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LineReader } from '../../../test/bundle/line-reader.ts'
import { CommandReader } from '../../../test/bundle/workflow-commands.ts'
import { runScript, type Script, type ScriptTimeouts } from './run-script.ts'

let tempFolder: string
beforeAll(async () => {
  tempFolder = await mkdtemp(join(tmpdir(), 'run-script-'))
})
afterAll(() => rm(tempFolder, { recursive: true, force: true }))

const timeouts: ScriptTimeouts = {
  drainMs: 500,
  sigtermDelayMs: 400,
  sigkillDelayMs: 400,
}

interface ScriptRun {
  end: Awaited<ReturnType<typeof runScript>>
  /** Lines while commands are stopped. */
  lines: string[]
  commands: string[]
  received: string[]
}

async function run(text: string, change: Partial<Script> = {}): Promise<ScriptRun> {
  const ran: Omit<ScriptRun, 'end'> = { lines: [], commands: [], received: [] }
  const reader = new CommandReader()
  const cut = new LineReader((line) => {
    const command = reader.read(line)
    if (command) ran.commands.push(command.name)
    else ran.lines.push(line)
  })
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      cut.push(chunk)
      done()
    },
  })
  const script: Script = {
    text,
    shell: 'bash',
    cwd: tempFolder,
    env: { PATH: process.env.PATH ?? '' },
    tempFolder,
    cancelled: new AbortController().signal,
    onLines: (lines) => ran.received.push(lines),
    ...change,
  }
  const end = await runScript(script, out, timeouts)
  cut.end()
  return { end, ...ran }
}

describe('a script', () => {
  it('returns its exit code, and leaves no file', async () => {
    const { end } = await run('exit 3')
    expect(end).toMatchObject({ code: 3, signal: undefined, hasBackgroundProcesses: false })
    expect(await readdir(tempFolder)).toEqual([])
  })

  it('stops at the first error, also in a pipeline', async () => {
    expect((await run('false; echo on')).lines).toEqual([])
    expect((await run('false | cat; echo on')).end.code).toBe(1)
  })

  it('returns the signal that ended it', async () => {
    expect((await run('kill -KILL $$')).end).toMatchObject({ code: undefined, signal: 'SIGKILL' })
  })

  it('has an empty input, its folder and only its environment', async () => {
    const { lines } = await run('cat; pwd; echo "$GIVEN" "home:$HOME"', {
      env: { PATH: process.env.PATH ?? '', GIVEN: 'yes' },
    })
    expect(lines).toEqual([tempFolder, 'yes home:'])
  })

  it('names a shell that does not exist', async () => {
    await expect(run('x', { shell: 'no-such-shell {0}' })).rejects.toThrow(
      'Input shell: no-such-shell could not be started (ENOENT)',
    )
  })
})

describe('the output of a script', () => {
  it('is printed line by line from both streams, and passed on in whole lines', async () => {
    const { lines, received } = await run('printf "a\\nb"; sleep 0.1; echo c >&2; sleep 0.1; printf "d\\ne"')
    expect(lines).toEqual(['a', 'c', 'bd', 'e'])
    expect(received.join('|')).toBe('a\n|c\n|bd\n|e\n')
  })

  it('cannot issue a command, not even in two pieces from two streams', async () => {
    const attack = [
      'echo "::add-mask::abcdef"',
      'echo "half way ##[add-mask]abcdef"',
      'printf "\\xc2\\x85::error::x\\n" >&2',
      'printf "##"; sleep 0.1; printf "[add-mask]abcdef\\n" >&2; sleep 0.1; echo',
      'printf ":"; sleep 0.1; printf ":add-mask::abcdef\\n"',
      'echo "::stop-commands::mine"; echo "::mine::"; printf "::add-mask::no end of line"',
    ]
    const { commands, lines } = await run(attack.join('\n'))
    expect(commands).toEqual(['stop-commands', 'resume-commands'])
    const unshielded = new CommandReader()
    expect(lines.flatMap((line) => unshielded.read(line)?.name ?? [])).toEqual([])
  })

  it('is printed while the script runs', async () => {
    // It exits with 0 only if its line arrives before its end.
    const go = join(tempFolder, 'go')
    const waits = 'echo now; for n in {1..200}; do test -e go && exit 0; sleep 0.05; done; exit 7'
    const { end } = await run(waits, { onLines: () => writeFileSync(go, '') })
    expect(end.code).toBe(0)
    await rm(go)
  })

  it('waits for a slow reader instead of buffering', async () => {
    let waiting = 0
    let most = 0
    const out = new Writable({
      highWaterMark: 64 * 1024,
      write(chunk, _encoding, done) {
        waiting = this.writableLength + chunk.length
        most = Math.max(most, waiting)
        setTimeout(done, 1)
      },
    })
    const script = {
      text: 'head -c 8000000 /dev/zero | tr "\\0" x',
      shell: 'bash',
      cwd: tempFolder,
      env: { PATH: process.env.PATH ?? '' },
      tempFolder,
      cancelled: new AbortController().signal,
      onLines: () => {},
    }
    expect((await runScript(script, out, timeouts)).code).toBe(0)
    expect(most).toBeLessThan(1_000_000)
  })

  it('that a background process holds open does not delay the step', async () => {
    const silent = await run('sleep 20 & echo done')
    expect(silent.end.hasBackgroundProcesses).toBe(true)
    expect(silent.lines).toEqual(['done'])
    const started = performance.now()
    const talking = await run('(for i in $(seq 100); do echo on; sleep 0.05; done) & exit 0')
    expect(talking.end.hasBackgroundProcesses).toBe(true)
    expect(performance.now() - started).toBeLessThan(4000)
  })
})

describe('a script with killGroupOnExit', () => {
  const stays = (how: string) => `${how} sleep 20 < /dev/null & echo $!; sleep 0.2`

  it('leaves no process of its group', async () => {
    const { end, lines } = await run(stays(''), { killGroupOnExit: true })
    expect(end).toMatchObject({ code: 0, hasBackgroundProcesses: false })
    await expect.poll(() => isAlive(Number(lines[0]))).toBe(false)
    const quiet = await run('sleep 20 > /dev/null 2>&1 & echo $!', { killGroupOnExit: true })
    await expect.poll(() => isAlive(Number(quiet.lines[0]))).toBe(false)
  })

  it('reports a process that left the group and holds the output', async () => {
    const { end, lines } = await run(stays('setsid'), { killGroupOnExit: true })
    expect(end.hasBackgroundProcesses).toBe(true)
    process.kill(Number(lines[0]))
  })
})

describe('a cancelled script', () => {
  async function cancelled(text: string): Promise<ScriptRun> {
    const cancel = new AbortController()
    return run(text, {
      cancelled: cancel.signal,
      onLines: (lines) => {
        if (lines.includes('ready')) setTimeout(() => cancel.abort(), 50)
      },
    })
  }

  it('may clean up', async () => {
    const { end } = await cancelled(
      'trap "echo cleaned; exit 5" INT; echo ready; while true; do sleep 0.05; done',
    )
    expect(end).toMatchObject({ code: 5 })
  })

  it('that ignores signals is killed, with all that it started', async () => {
    const { end, lines } = await cancelled(
      'trap "" INT TERM; (sleep 30; echo late) & echo $!; echo ready; wait; sleep 30',
    )
    expect(end).toMatchObject({ signal: 'SIGKILL' })
    expect(end.durationMs).toBeLessThan(5000)
    const started = Number(lines[0])
    await expect.poll(() => isAlive(started)).toBe(false)
  })
})

/** A zombie (Z) has ended; its parent has not read its exit status yet. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
