import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { cache } from '../paths.ts'
import { run } from '../process/command.ts'
import { withLock } from '../process/lock.ts'
import { python } from './index.ts'

const requirements = fileURLToPath(new URL('./frameworks.txt', import.meta.url))
const folder = join(cache, 'mlflow-frameworks')

/**
 * Installs training frameworks for the Python of the rig, in a folder of their own: only some tests need them. The first
 * time takes seconds.
 * @returns the folder, for PYTHONPATH
 */
export const installFrameworks = (): Promise<string> =>
  withLock('installing training frameworks', async () => {
    const version = await run([python, '--version'])
    const madeFrom = computeFingerprint(version, await readFile(requirements))
    const pip = [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
    await installOnce(folder, madeFrom, async (into) => {
      await run([...pip, '--target', into, '--requirement', requirements])
    })
    return folder
  })
