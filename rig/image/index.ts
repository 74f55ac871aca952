import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprint, installOnce } from '../kubernetes/install-once.ts'
import { ctr } from '../kubernetes/node.ts'
import { cache, repository } from '../places.ts'
import { step } from '../progress.ts'
import { type ImageConfig, saveImage, tarOf } from './archive.ts'
import { base, buildBase } from './base.ts'
import { buildPythonPackages, packagesLayer } from './python-packages.ts'

/** Under this name, with `imagePullPolicy: Never`, pods find the image. */
export const imageName = 'retrain-actions/digits:rig'

const folder = join(cache, 'images', 'digits')
const app = join(repository, 'examples/digits/serving')

const config: ImageConfig = {
  User: '10001:10001',
  WorkingDir: '/app',
  Env: [
    'PATH=/usr/local/bin:/usr/bin:/bin',
    'HOME=/tmp',
    'LANG=C.UTF-8',
    'PYTHONUNBUFFERED=1',
    'PYTHONDONTWRITEBYTECODE=1',
  ],
  Cmd: ['python3', '/app/app.py'],
}

/** The app's own files, a layer so small that a change of code makes only this anew. */
const packApp = async (into: string, files: string[]): Promise<string> => {
  const root = join(into, 'root')
  await mkdir(join(root, 'app'), { recursive: true })
  for (const file of files) await copyFile(join(app, file), join(root, 'app', file))
  await tarOf(root, join(into, 'app.tar'))
  return join(into, 'app.tar')
}

/**
 * Builds the image that serves the example model and, as init container, fetches it; only what changed.
 * @returns the path of the archive.
 */
export const buildImage = async (): Promise<string> => {
  await step('image: Debian with Python', buildBase)
  await step('image: Python packages', buildPythonPackages)
  await step('image: the app', async () => {
    const files = (await readdir(app)).filter((file) => file.endsWith('.py')).sort()
    const contents = await Promise.all(files.map((file) => readFile(join(app, file))))
    const stamps = [join(base.root, '..'), join(packagesLayer, '..')].map((made) => join(made, '.made-from'))
    const below = await Promise.all(stamps.map((stamp) => readFile(stamp, 'utf8')))
    const madeFrom = fingerprint('1', JSON.stringify(config), ...below, ...files, ...contents)
    await installOnce(folder, madeFrom, async (into) => {
      const layers = [base.layer, packagesLayer, await packApp(into, files)]
      await saveImage(join(into, 'image.tar'), { name: `docker.io/${imageName}`, layers, config })
    })
  })
  return join(folder, 'image.tar')
}

/** Gives the image to the running node. */
export const importImage = async (): Promise<void> => {
  await step('image: into the node', async () => {
    await ctr('images', 'import', await buildImage())
  })
}
