import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createTar, saveImage } from '../../image/archive.ts'
import { computeFingerprint, installOnce } from '../../install/install-once.ts'
import { cache } from '../../paths.ts'
import { debianPath } from '../debian.ts'
import { pauseImage } from '../paths.ts'

const folder = join(cache, 'images', 'pause')

/** Builds the image of the container that holds a pod's network: a static busybox that waits. */
export const buildPauseImage = async (): Promise<string> => {
  await installOnce(folder, computeFingerprint('2', pauseImage), async (into) => {
    const root = join(into, 'root')
    await mkdir(join(root, 'bin'), { recursive: true })
    await copyFile(debianPath('bin/busybox'), join(root, 'bin', 'busybox'))
    await createTar(root, join(into, 'layer.tar'))
    await saveImage(join(into, 'image'), {
      name: pauseImage,
      layers: [join(into, 'layer.tar')],
      // A shell with a trap exits on SIGTERM at once. As first process, sleep would ignore the signal.
      config: {
        Entrypoint: [
          '/bin/busybox',
          'sh',
          '-c',
          'trap exit TERM INT; while :; do /bin/busybox sleep 3600 & wait; done',
        ],
      },
    })
  })
  return join(folder, 'image')
}
