import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { computeFingerprint, installOnce, STAMP_FILE } from '../install/install-once.ts'
import { buildImageStore, hasNodeImages, recordNodeImages } from '../kubernetes/node/image-store.ts'
import { importIntoNode } from '../kubernetes/node/node.ts'
import { buildPauseImage } from '../kubernetes/node/pause-image.ts'
import { cache, repository } from '../paths.ts'
import { reportStep } from '../progress.ts'
import { createTar, type ImageConfig, saveImage } from './archive.ts'
import { base, buildBase } from './base.ts'
import { buildPythonPackages, packagesLayer } from './python-packages.ts'

/** Pods use the image by this name, with `imagePullPolicy: Never`. */
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

/** Packs the app's files into a separate small layer: the only one to rebuild after a change of code. */
const packApp = async (into: string, files: string[]): Promise<string> => {
  const root = join(into, 'root')
  await mkdir(join(root, 'app'), { recursive: true })
  for (const file of files) await copyFile(join(app, file), join(root, 'app', file))
  await createTar(root, join(into, 'app.tar'))
  return join(into, 'app.tar')
}

/** Computes the fingerprint of the image: its configuration, the lower layers and the app's files. */
const listImageInputs = async (): Promise<{ files: string[]; madeFrom: string }> => {
  const files = (await readdir(app)).filter((file) => file.endsWith('.py')).sort()
  const stamps = [base.layer, packagesLayer].map((layer) => join(dirname(layer), STAMP_FILE))
  const below = await Promise.all(stamps.map((stamp) => readFile(stamp, 'utf8')))
  const texts = await Promise.all(files.map((file) => readFile(join(app, file))))
  return { files, madeFrom: computeFingerprint('2', JSON.stringify(config), ...below, ...files, ...texts) }
}

/**
 * Builds the changed layers of the image that serves the example model. Its init container fetches the model.
 * @returns the folder of the image
 */
export const buildImage = async (): Promise<string> => {
  await reportStep('image: Debian with Python', buildBase)
  await reportStep('image: Python packages', buildPythonPackages)
  const { files, madeFrom } = await listImageInputs()
  await reportStep('image: the app', () =>
    installOnce(folder, madeFrom, async (into) => {
      const layers = [base.layer, packagesLayer, await packApp(into, files)]
      await saveImage(join(into, 'image'), { name: `docker.io/${imageName}`, layers, config })
    }),
  )
  const image = join(folder, 'image')
  await reportStep('image: unpack for the node', async () =>
    buildImageStore(madeFrom, [await buildPauseImage(), image]),
  )
  return image
}

/** Imports the image into the running node, unless the node has it. */
export const importImage = async (): Promise<void> => {
  const inputs = await listImageInputs().catch(() => undefined)
  if (inputs !== undefined && (await hasNodeImages(inputs.madeFrom))) return
  const image = await buildImage()
  await reportStep('image: import into the node', () => importIntoNode(image))
  await recordNodeImages((await listImageInputs()).madeFrom)
}
