import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTar, saveImage } from './archive.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'))
  await mkdir(join(folder, 'root'))
  await writeFile(join(folder, 'root', 'app.py'), 'print(1)\n')
})
afterEach(() => rm(folder, { recursive: true }))

const pack = async (name: string): Promise<string> => {
  await createTar(join(folder, 'root'), join(folder, name))
  return createHash('sha256')
    .update(await readFile(join(folder, name)))
    .digest('hex')
}

test('a layer does not depend on file times', async () => {
  const before = await pack('before.tar')
  await utimes(join(folder, 'root', 'app.py'), new Date(0), new Date(1e12))
  expect(await pack('after.tar')).toBe(before)
})

test('a layer depends on the content of its files', async () => {
  const before = await pack('before.tar')
  await writeFile(join(folder, 'root', 'app.py'), 'print(2)\n')
  expect(await pack('after.tar')).not.toBe(before)
})

test('an image lists the digests of its layers, from the lowest to the topmost', async () => {
  const lower = await pack('lower.tar')
  await writeFile(join(folder, 'root', 'more.py'), '')
  const upper = await pack('upper.tar')
  const layers = [join(folder, 'lower.tar'), join(folder, 'upper.tar')]
  await saveImage(join(folder, 'image'), { name: 'docker.io/a/b:c', layers, config: { User: '10001' } })

  const read = async (name: string) => JSON.parse(await readFile(join(folder, 'image', name), 'utf8'))
  const [manifest] = await read('manifest.json')
  expect(manifest.RepoTags).toEqual(['docker.io/a/b:c'])
  expect(manifest.Layers).toEqual([`${lower}.tar`, `${upper}.tar`])
  const description = await read(manifest.Config)
  expect(description.rootfs.diff_ids).toEqual([`sha256:${lower}`, `sha256:${upper}`])
  expect(description.config.User).toBe('10001')
  expect(['amd64', 'arm64']).toContain(description.architecture)
})
