import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { runStep } from './runner.ts'

const script = join(inject('dist'), 'validate-data.js')

async function createWorkspace(data: string): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  await writeFile(join(workspace, 'train.csv'), data)
  return workspace
}

it('accepts valid data', async () => {
  const workspace = await createWorkspace('a,y\n1,0\n2,1\n')
  const inputs = { data: 'train.csv', 'max-missing': '0', columns: '2', target: 'y', range: '-10..10' }
  const { exitCode, outputs, annotations } = await runStep(script, { workspace, inputs })
  expect(annotations).toEqual([])
  expect(exitCode).toBe(0)
  expect(outputs).toMatchObject({ valid: 'true', rows: '2', features: '1', 'failed-checks': '[]' })
})

it('marks the lines of invalid data, and fails', async () => {
  const workspace = await createWorkspace('a,y\n1,0\n,1\n')
  const inputs = { data: 'train.csv', 'max-missing': '0' }
  const { exitCode, outputs, commands, summary } = await runStep(script, { workspace, inputs })
  expect(exitCode).toBe(1)
  expect(outputs).toMatchObject({ valid: 'false', 'failed-checks': '["no_missing_values"]' })
  const [mark] = commands.filter(({ name }) => name === 'error')
  expect(mark?.properties).toMatchObject({ file: 'train.csv', line: '3' })
  expect(summary).toContain('Do not train with this data.')
})

it('accepts a reference and writes its rules', async () => {
  const workspace = await createWorkspace('a,y\n1,0\n2,1\n')
  const inputs = { data: 'train.csv', reference: 'train.csv', 'write-schema': 'schema.yml' }
  const { exitCode, outputs } = await runStep(script, { workspace, inputs })
  expect(exitCode).toBe(0)
  expect(outputs['schema-sha256']).toMatch(/^[0-9a-f]{64}$/)
})
