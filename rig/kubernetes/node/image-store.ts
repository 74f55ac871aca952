import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installOnce } from '../../install/install-once.ts'
import { cache } from '../../paths.ts'
import { isolateCommand, run } from '../../process/command.ts'
import { busyboxCommand, debianPath, libraries } from '../debian.ts'
import { containerdSocket, home } from '../paths.ts'
import { imageImportConfig } from './node-config.ts'

const store = join(cache, 'images', 'store')
const nodeImagesStamp = join(home, 'images-made-from')
const database = 'io.containerd.metadata.v1.bolt/meta.db'
const snapshots = 'io.containerd.snapshotter.v1.overlayfs/metadata.db'

/** PATH and LD_LIBRARY_PATH for containerd, runc and the CNI plugins. */
export const containerdEnvironment = {
  PATH: [debianPath('usr/bin'), debianPath('usr/sbin'), process.env.PATH].join(':'),
  LD_LIBRARY_PATH: libraries,
}

/** containerd's client, in the namespace of Kubernetes. */
export const ctrCommand = [debianPath('usr/bin/ctr'), '--address', containerdSocket, '--namespace', 'k8s.io']

/** A shell script that imports an image. Arguments: the folder of the image, and the command of containerd's client. */
export const streamImage = 'folder=$1; shift; tar --create --directory "$folder" . | "$@" images import -'

// Runs a separate containerd in a mount namespace, imports images, and stops it cleanly, so that its files are complete.
const script = `set -e
busybox=$1 folder=$2; shift 2
$busybox mount -t tmpfs tmpfs /run
containerd --config "$folder/containerd.toml" > "$folder/containerd.log" 2>&1 & daemon=$!
tries=0
until "$@" version > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 150 ] || { $busybox tail -n 20 "$folder/containerd.log"; exit 1; }
  $busybox sleep 0.2
done
import() { $busybox sh -c '${streamImage}' sh "$@"; }
# containerd cleans up an existing store at its start. This can remove a layer during an import, so retry once.
for image in $IMAGES; do import "$image" "$@" || import "$image" "$@"; done
kill $daemon
wait $daemon || true`

/** Copies a store with hard links, because layers and blobs do not change. Databases change, so they are real copies. */
const copyStore = async (from: string, to: string): Promise<void> => {
  await rm(to, { recursive: true, force: true })
  await run(['cp', '--archive', '--link', from, to])
  for (const file of [database, snapshots]) {
    await rm(join(to, file))
    await copyFile(join(from, file), join(to, file))
  }
}

/**
 * Builds a containerd folder with imported and unpacked images. A node that starts from it saves ten seconds. Starts
 * from the existing store, so that only changed layers are unpacked.
 * @param images folders written by `saveImage`
 */
export const buildImageStore = (madeFrom: string, images: string[]): Promise<boolean> =>
  installOnce(store, madeFrom, async (into) => {
    const root = join(into, 'root')
    await copyStore(join(store, 'root'), root).catch(() => rm(root, { recursive: true, force: true }))
    await writeFile(join(into, 'containerd.toml'), imageImportConfig(root))
    const shell = busyboxCommand('sh', '-c', script, 'sh', debianPath('bin/busybox'), into)
    await run(isolateCommand(...shell, ...ctrCommand), {
      env: { ...containerdEnvironment, IMAGES: images.join(' ') },
    })
  })

/** Copies the store, if it exists, into the containerd folder of a new node. */
export const seedImages = async (folder: string): Promise<void> => {
  const madeFrom = await readFile(join(store, '.made-from'), 'utf8').catch(() => undefined)
  if (madeFrom === undefined) return
  await copyStore(join(store, 'root'), folder)
  await recordNodeImages(madeFrom)
}

/** Whether the running node has the images with this fingerprint. */
export const hasNodeImages = async (madeFrom: string): Promise<boolean> =>
  (await readFile(nodeImagesStamp, 'utf8').catch(() => '')) === madeFrom

/** Records the fingerprint of the images in the running node. */
export const recordNodeImages = (madeFrom: string): Promise<void> => writeFile(nodeImagesStamp, madeFrom)
