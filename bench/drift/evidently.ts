import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installVenv } from '../../rig/mlflow/venv.ts'
import { cache } from '../../rig/paths.ts'
import { withLock } from '../../rig/process/lock.ts'

const venv = join(cache, 'evidently')

/**
 * Installs Evidently in a Python environment of its own, about 1 GB. The first time takes minutes.
 * @returns its Python
 */
export const installEvidently = (): Promise<string> =>
  withLock('installing Evidently', async () => {
    await installVenv(venv, fileURLToPath(new URL('./requirements.txt', import.meta.url)))
    return join(venv, 'bin', 'python')
  })
