import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { computeFingerprint } from '../install/install-once.ts'
import { run } from '../process/command.ts'

/**
 * Creates a Python environment from a requirements file, unless a complete one from the same file and Python exists.
 * It is created at its final path, because the scripts in its `bin` contain that path.
 * @returns whether it installed something
 */
export const installVenv = async (folder: string, requirements: string): Promise<boolean> => {
  const version = await run(['python3', '-c', 'import sys; print(sys.version, sys.executable)'])
  const madeFrom = computeFingerprint(version, await readFile(requirements))
  const stamp = join(folder, '.made-from')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === madeFrom) return false
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  await run(['python3', '-m', 'venv', folder])
  const pip = [
    join(folder, 'bin', 'python'),
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
  ]
  await run([...pip, '--requirement', requirements])
  await writeFile(stamp, madeFrom)
  return true
}
