import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runStep, type Step } from './runner.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(source: string, step: Step = {}) {
  const script = join(folder, `${Math.random()}.mjs`)
  await writeFile(script, `import { appendFileSync } from 'node:fs'\nconst { env } = process\n${source}`)
  return runStep(script, step)
}

describe('runStep', () => {
  it('passes inputs, state, event and files, and no variables of the machine', async () => {
    const { log, exitCode } = await run('console.log(JSON.stringify(env)); process.exitCode = 3', {
      inputs: { 'model-name': 'fraud' },
      state: { pid: '7' },
      env: { MORE: 'yes' },
    })
    const env = JSON.parse(log)
    expect(exitCode).toBe(3)
    expect(env).toMatchObject({
      'INPUT_MODEL-NAME': 'fraud',
      STATE_pid: '7',
      MORE: 'yes',
      GITHUB_RUN_ID: '77',
    })
    expect(env).not.toHaveProperty('VITEST')
  })

  it('reads outputs, state and summary from their files, and legacy commands from both streams', async () => {
    const result = await run(`
      appendFileSync(env.GITHUB_OUTPUT, 'run-id<<E\\nabc\\nE\\n')
      appendFileSync(env.GITHUB_STATE, 'pid=7\\n')
      appendFileSync(env.GITHUB_STEP_SUMMARY, '# hello')
      console.log('::set-output name=old::1')
      console.error('::save-state name=older::2')
      console.error('::error title=T::bad%0Athing')
      console.log('::group::G')`)
    expect(result).toMatchObject({
      exitCode: 0,
      outputs: { 'run-id': 'abc', old: '1' },
      state: { pid: '7', older: '2' },
      summary: '# hello',
      annotations: [{ level: 'error', message: 'bad\nthing' }],
    })
    expect(result.log).toContain('##[group]G')
  })

  it('masks the log and drops outputs that contain a masked value', async () => {
    const result = await run(`
      console.log('::add-mask::s3cret')
      console.log('it is s3cret, or ' + Buffer.from('s3cret').toString('base64'))
      appendFileSync(env.GITHUB_OUTPUT, 'a=my s3cret\\nb=fine\\n')`)
    expect(result.log).toBe('it is ***, or ***')
    expect(result.outputs).toEqual({ b: 'fine' })
    expect(result.droppedOutputs).toEqual(['a'])
  })

  it('splits lines like the runner, also across chunks', async () => {
    const { log } = await run(`
      const wait = () => new Promise((done) => setTimeout(done, 60))
      for (const part of ['one\\r', '\\ntwo\\rth', 'ree \\u00e9', '\\n::add-ma', 'sk::abcdef\\n', 'abcdef']) {
        process.stdout.write(part)
        await wait()
      }`)
    expect(log.split('\n')).toEqual(['one', 'two', 'three é', '***'])
  })

  it('sends a signal after a log line, and reports the signal that ended the step', async () => {
    const wait = 'console.log("ready"); setTimeout(() => {}, 20000)'
    const killed = await run(wait, { signals: [{ signal: 'SIGTERM', when: /ready/ }] })
    expect(killed).toMatchObject({ exitCode: null, signal: 'SIGTERM' })
    const handled = await run(`process.on('SIGINT', () => process.exit(9)); ${wait}`, {
      signals: [{ signal: 'SIGINT', when: /ready/ }],
    })
    expect(handled).toMatchObject({ exitCode: 9, signal: null })
  })

  it('measures the peak memory of the step', async () => {
    const hold = await run(
      'globalThis.held = Buffer.alloc(200e6, 1); await new Promise((d) => setTimeout(d, 200))',
    )
    expect(hold.peakMemoryBytes).toBeGreaterThan(200e6)
  })
})
