import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { saveImage, tarOf } from '../image/archive.ts'
import { fingerprint, installOnce } from '../install-once.ts'
import { cache } from '../places.ts'
import { debian } from './debian.ts'
import { pauseImage } from './places.ts'

const folder = join(cache, 'images', 'pause')

/** Makes the image that holds a pod's network: a static busybox that waits. */
export const buildPauseImage = async (): Promise<string> => {
  await installOnce(folder, fingerprint('2', pauseImage), async (into) => {
    const root = join(into, 'root')
    await mkdir(join(root, 'bin'), { recursive: true })
    await copyFile(debian('bin/busybox'), join(root, 'bin', 'busybox'))
    await tarOf(root, join(into, 'layer.tar'))
    await saveImage(join(into, 'image'), {
      name: pauseImage,
      layers: [join(into, 'layer.tar')],
      // Busybox's shell ends at once when a pod is told to stop; sleep as first process would ignore that.
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
