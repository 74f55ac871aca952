import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fingerprint, installOnce, stampName } from '../install-once.ts'
import { buildImageStore, nodeHasImages, noteImages } from '../kubernetes/image-store.ts'
import { importIntoNode } from '../kubernetes/node.ts'
import { buildPauseImage } from '../kubernetes/pause-image.ts'
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

/** What the image is made from: its configuration, the layers below and the app's files. */
const contents = async (): Promise<{ files: string[]; madeFrom: string }> => {
  const files = (await readdir(app)).filter((file) => file.endsWith('.py')).sort()
  const stamps = [base.layer, packagesLayer].map((layer) => join(dirname(layer), stampName))
  const below = await Promise.all(stamps.map((stamp) => readFile(stamp, 'utf8')))
  const texts = await Promise.all(files.map((file) => readFile(join(app, file))))
  return { files, madeFrom: fingerprint('2', JSON.stringify(config), ...below, ...files, ...texts) }
}

/**
 * Builds the image that serves the example model and, as init container, fetches it; only what changed.
 * @returns the folder of the image.
 */
export const buildImage = async (): Promise<string> => {
  await step('image: Debian with Python', buildBase)
  await step('image: Python packages', buildPythonPackages)
  const { files, madeFrom } = await contents()
  await step('image: the app', () =>
    installOnce(folder, madeFrom, async (into) => {
      const layers = [base.layer, packagesLayer, await packApp(into, files)]
      await saveImage(join(into, 'image'), { name: `docker.io/${imageName}`, layers, config })
    }),
  )
  const image = join(folder, 'image')
  await step('image: unpacked for the node', async () =>
    buildImageStore(madeFrom, [await buildPauseImage(), image]),
  )
  return image
}

/** Gives the image to the running node, unless it has it. */
export const importImage = async (): Promise<void> => {
  const now = await contents().catch(() => undefined)
  if (now !== undefined && (await nodeHasImages(now.madeFrom))) return
  const image = await buildImage()
  await step('image: into the node', () => importIntoNode(image))
  await noteImages((await contents()).madeFrom)
}
