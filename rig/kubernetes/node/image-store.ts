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

/** Programs find each other on PATH, and runc its one library. */
export const containerdEnvironment = {
  PATH: [debianPath('usr/bin'), debianPath('usr/sbin'), process.env.PATH].join(':'),
  LD_LIBRARY_PATH: libraries,
}

/** containerd's client in Kubernetes' namespace. */
export const ctrCommand = [debianPath('usr/bin/ctr'), '--address', containerdSocket, '--namespace', 'k8s.io']

/** A shell line that streams an image's folder, its first argument, into the rest, a command that reads an archive. */
export const streamImage = 'folder=$1; shift; tar --create --directory "$folder" . | "$@" images import -'

// A containerd of its own in a mount namespace, which imports images and ends properly, so that its files are whole.
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
# A store that is not empty is cleaned up at the start. That may take a layer away between two steps of an import.
for image in $IMAGES; do import "$image" "$@" || import "$image" "$@"; done
kill $daemon
wait $daemon || true`

/** Copies a store by hard links: unpacked layers and blobs are never written to again. Databases are, so they are copied. */
const copyStore = async (from: string, to: string): Promise<void> => {
  await rm(to, { recursive: true, force: true })
  await run(['cp', '--archive', '--link', from, to])
  for (const file of [database, snapshots]) {
    await rm(join(to, file))
    await copyFile(join(from, file), join(to, file))
  }
}

/**
 * Makes containerd's folder with images already imported and unpacked, from which a node starts: a second instead
 * of a dozen. Begins with the store that is there, so that only changed layers are unpacked.
 * @param images folders written by `saveImage`.
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

/** Fills a new node's containerd folder from the store, if there is one. */
export const seedImages = async (folder: string): Promise<void> => {
  const madeFrom = await readFile(join(store, '.made-from'), 'utf8').catch(() => undefined)
  if (madeFrom === undefined) return
  await copyStore(join(store, 'root'), folder)
  await recordNodeImages(madeFrom)
}

/** True when the running node has the images that were made from exactly this. */
export const hasNodeImages = async (madeFrom: string): Promise<boolean> =>
  (await readFile(nodeImagesStamp, 'utf8').catch(() => '')) === madeFrom

/** Notes what the running node was given later. */
export const recordNodeImages = (madeFrom: string): Promise<void> => writeFile(nodeImagesStamp, madeFrom)
