import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../process/command.ts'
import { assertFolder, chooseWorkflow, copyFolder, readRepositoryName, readWorkflows } from './user-folder.ts'

let root = ''
let folder = ''
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'user-folder-')))
  folder = join(root, 'fraud')
})
afterEach(() => rm(root, { recursive: true }))

const write = async (files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
const git = (...args: string[]) =>
  run(['git', '-C', folder, '-c', 'user.name=u', '-c', 'user.email=u@x', ...args])
const copy = async (...without: string[]) => {
  await copyFolder(folder, join(root, 'copy'), without)
  const entries = await readdir(join(root, 'copy'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'copy').length + 1))
    .sort()
}

const suite = 'jobs: { a: { uses: org/retrain-actions/.github/workflows/retrain.yml@v1 } }'

test('a copy has the committed and uncommitted files of a git repository, without ignored ones', async () => {
  await write({
    '.gitignore': 'data/\n',
    'train.py': '1',
    'gone.py': '1',
    'data/big.csv': '1',
    '.retrain-try.env': 'A=1',
  })
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'x')
  await write({ 'train.py': 'changed', 'new file.py': '2', 'other/.git/HEAD': 'x' })
  await unlink(join(folder, 'gone.py'))
  await symlink('train.py', join(folder, 'link.py'))
  expect(await copy(join(folder, '.retrain-try.env'))).toEqual([
    '.gitignore',
    'link.py',
    'new file.py',
    'train.py',
  ])
  expect(await readFile(join(root, 'copy/link.py'), 'utf8')).toBe('changed')
  expect(await git('status', '--porcelain')).toContain('?? "new file.py"')
})

test('a copy of another folder has all files except installed packages', async () => {
  await write({
    'train.py': '1',
    'src/a.py': '1',
    'node_modules/x/i.js': '1',
    '.venv/bin/python': '1',
    'src/__pycache__/a': '1',
  })
  expect(await copy()).toEqual(['src/a.py', 'train.py'])
})

test.each([
  ['git@github.com:shop/fraud.git', 'shop/fraud'],
  ['https://github.com/shop/fraud', 'shop/fraud'],
  ['https://token@git.example.com/shop/fraud.git', 'shop/fraud'],
])('the repository of %s is %s', async (url, name) => {
  await write({ a: '' })
  await git('init', '--quiet')
  await git('remote', 'add', 'origin', url)
  expect(await readRepositoryName(folder)).toBe(name)
})

test('a folder without a remote has a local name', async () => {
  await write({ a: '' })
  expect(await readRepositoryName(folder)).toBe('local/fraud')
})

test('the workflow that uses the suite is chosen, also if a local one calls it', async () => {
  await write({
    '.github/workflows/ci.yml': 'on: push\njobs: { a: { steps: [{ run: make }] } }',
    '.github/workflows/caller.yml': 'on: schedule\njobs: { a: { uses: ./.github/workflows/inner.yml } }',
    '.github/workflows/inner.yml': `on: { workflow_call: }\n${suite}`,
  })
  const workflows = await readWorkflows(folder)
  expect(chooseWorkflow(workflows).name).toBe('caller.yml')
  expect(chooseWorkflow(workflows, '.github/workflows/caller.yml').name).toBe('caller.yml')
  expect(() => chooseWorkflow(workflows, 'ci.yml')).toThrow('ci.yml does not use retrain-actions')
  expect(() => chooseWorkflow(workflows, 'x.yml')).toThrow(
    'there is no workflow x.yml; there are caller.yml, ci.yml, inner.yml',
  )
})

test('of several workflows that use the suite, retrain.yml is chosen', async () => {
  await write({
    '.github/workflows/reconcile.yml': `on: push\n${suite}`,
    '.github/workflows/retrain.yml': `on: push\n${suite}`,
  })
  expect(chooseWorkflow(await readWorkflows(folder)).name).toBe('retrain.yml')
})

test('several workflows that use the suite are listed', async () => {
  await write({
    '.github/workflows/a.yml': `on: push\n${suite}`,
    '.github/workflows/b.yaml': `on: push\n${suite}`,
  })
  const workflows = await readWorkflows(folder)
  expect(() => chooseWorkflow(workflows)).toThrow(
    'several workflows use retrain-actions, name one after FOLDER: a.yml, b.yaml',
  )
})

test('no workflow that uses the suite', async () => {
  await write({ '.github/workflows/ci.yml': 'on: push' })
  const workflows = await readWorkflows(folder)
  expect(() => chooseWorkflow(workflows)).toThrow('no workflow uses retrain-actions; there are ci.yml')
})

test('a local action in a loop or outside the folder is read once or not at all', async () => {
  await write({
    '.github/workflows/a.yml': `on: push\njobs: { a: { steps: [{ uses: ./x }, { uses: ./../outside }] } }`,
    'x/action.yml': 'runs: { steps: [{ uses: ./x }, { uses: org/retrain-actions@v1 }] }',
  })
  const [workflow] = await readWorkflows(folder)
  expect(workflow?.calls).toHaveLength(1)
})

test('a folder that cannot be tried says why', async () => {
  await expect(assertFolder(join(root, 'none'))).rejects.toThrow('none does not exist')
  await write({ 'file.txt': '', 'sub/a': '' })
  await expect(assertFolder(join(folder, 'file.txt'))).rejects.toThrow('file.txt is not a folder')
  await expect(readWorkflows(folder)).rejects.toThrow('has no workflow file. The quick start of README.md')
  await git('init', '--quiet')
  await expect(readWorkflows(join(folder, 'sub'))).rejects.toThrow(
    `It belongs to the repository ${folder}: name that folder.`,
  )
  await write({ '.github/workflows/a.yml': 'on: [' })
  await expect(readWorkflows(folder)).rejects.toThrow('a.yml is not valid YAML')
})
