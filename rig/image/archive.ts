import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../process/command.ts'

/** Defaults for containers of the image: fields of the OCI image configuration. */
export type ImageConfig = {
  Entrypoint?: string[]
  Cmd?: string[]
  Env?: string[]
  User?: string
  WorkingDir?: string
}

export type Image = { name: string; layers: string[]; config: ImageConfig }

/** Packs a folder as an image layer. Order, times and owners are fixed, so the same files give the same layer. */
export const createTar = async (folder: string, file: string): Promise<void> => {
  const fixed = ['--sort=name', '--mtime=@0', '--numeric-owner', '--owner=0', '--group=0', '--format=posix']
  const timeOption = '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime'
  await run(['tar', '--create', ...fixed, timeOption, '--file', file, '--directory', folder, '.'])
}

const sha256Digest = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

/** Renders the image configuration (OCI image specification, config.md) for this machine's architecture. */
export const renderImageConfig = (config: ImageConfig, layerDigests: string[]): string =>
  JSON.stringify({
    architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layerDigests.map((digest) => `sha256:${digest}`) },
  })

/**
 * Writes an image as a folder. Packed by tar, it has the format that `docker save` writes and `ctr images import`
 * reads. The layers are hard links, so they must be on the same file system.
 */
export const saveImage = async (folder: string, { name, layers, config }: Image): Promise<void> => {
  await mkdir(folder)
  const digests = await Promise.all(layers.map(sha256Digest))
  for (const [index, layer] of layers.entries()) await link(layer, join(folder, `${digests[index]}.tar`))
  await writeFile(join(folder, 'config.json'), renderImageConfig(config, digests))
  const manifest = [
    { Config: 'config.json', RepoTags: [name], Layers: digests.map((digest) => `${digest}.tar`) },
  ]
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
}
