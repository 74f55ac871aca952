import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { cache, repository } from '../paths.ts'
import { run } from '../process/command.ts'
import { createTar } from './archive.ts'
import { base } from './base.ts'
import { compilePython } from './inside-root.ts'

const folder = join(cache, 'images', 'python-packages')
const sitePackages = 'usr/local/lib/python3.11/dist-packages'
const requirements = join(repository, 'examples/digits/serving/requirements.txt')

/** Their tests are a quarter of the layer. Those of numpy stay, because numpy.testing imports them. */
const PACKAGES_WITH_TESTS = ['joblib', 'pandas', 'scipy', 'sklearn']

/** The script that pip generates contains the path of this machine's Python. */
const mlflowCommand = `#!/usr/bin/python3
import sys

from mlflow.cli import cli

sys.exit(cli())
`

/** The path of the layer. */
export const packagesLayer: string = join(folder, 'layer.tar')

/** Builds a pip command for the Python version and architecture of the image. */
export const pipCommand = (architecture = process.arch): string[] => {
  const processor = architecture === 'arm64' ? 'aarch64' : 'x86_64'
  const platforms = ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014']
  return ['python3', '-m', 'pip', 'install', '--quiet', '--no-compile', '--only-binary=:all:']
    .concat('--implementation=cp', '--python-version=3.11')
    .concat(platforms.map((platform) => `--platform=${platform}_${processor}`))
}

const removeTests = async (target: string): Promise<void> => {
  const roots = PACKAGES_WITH_TESTS.map((name) => join(target, name))
  const found = await run([
    'find',
    ...roots,
    '-type',
    'd',
    '(',
    '-name',
    'tests',
    '-o',
    '-name',
    'test',
    ')',
    '-prune',
  ])
  for (const path of found.split('\n')) if (path !== '') await rm(path, { recursive: true })
}

/** Builds the layer with the packages of the served model and the `mlflow` command. Needs the base layer. */
export const buildPythonPackages = async (): Promise<boolean> => {
  const madeFrom = computeFingerprint(
    '1',
    await readFile(requirements),
    mlflowCommand,
    ...pipCommand(),
    ...PACKAGES_WITH_TESTS,
  )
  return installOnce(folder, madeFrom, async (into) => {
    const root = join(into, 'root')
    const bin = join(root, 'usr/local/bin')
    await mkdir(bin, { recursive: true })
    await run([...pipCommand(), '--target', join(root, sitePackages), '--requirement', requirements])
    await rm(join(root, sitePackages, 'bin'), { recursive: true, force: true })
    await removeTests(join(root, sitePackages))
    await writeFile(join(bin, 'mlflow'), mlflowCommand)
    await chmod(join(bin, 'mlflow'), 0o755)
    await compilePython(base.root, join(root, 'usr/local'), `/${sitePackages}`)
    await createTar(root, join(into, 'layer.tar'))
    await rm(root, { recursive: true })
  })
}
