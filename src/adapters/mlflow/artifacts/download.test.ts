import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NotFound } from '../http/faults.ts'
import type { Artifact } from '../schemas.ts'
import type { ArtifactApi, ArtifactLocation } from './artifacts.ts'
import { downloadFile, downloadModel } from './download.ts'

const place: ArtifactLocation = { kind: 'logged-model', id: 'm-1' }
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'download-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const notFound = new NotFound({ call: 'GET x', detail: 'no', hint: 'Look.' })

/** A server with these files; what is listed may be something else. */
function server(
  files: Record<string, string>,
  listed: Artifact[] = [],
): Pick<ArtifactApi, 'listArtifacts' | 'readArtifact'> {
  return {
    listArtifacts: async (_, at = '') => {
      const names = new Map<string, Artifact>(at === '' ? listed.map((one) => [one.path, one]) : [])
      for (const [path, content] of Object.entries(files)) {
        if (at !== '' && !path.startsWith(`${at}/`)) continue
        const [name = '', ...below] = path.slice(at === '' ? 0 : at.length + 1).split('/')
        const own = at === '' ? name : `${at}/${name}`
        const isFolder = below.length > 0
        names.set(own, { path: own, isFolder, size: isFolder ? undefined : content.length })
      }
      return [...names.values()]
    },
    readArtifact: async (_, path) => {
      const content = files[path]
      if (content === undefined) throw notFound
      return (async function* () {
        for (const character of content) yield Buffer.from(character)
      })()
    },
  }
}

describe('downloadModel', () => {
  it('writes all files and folders', async () => {
    const files = {
      MLmodel: 'run_id: 1',
      'data/model.pkl': 'pickle',
      'data/deep/er.txt': 'x',
      'a b ü.bin': '',
    }
    expect(await downloadModel(server(files), place, folder)).toBe(true)
    const written = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    const content = written.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')]
    })
    expect(Object.fromEntries(content)).toEqual(files)
  })

  it.each([
    [
      'whose folder is gone',
      { listArtifacts: async () => undefined, readArtifact: async () => Promise.reject(notFound) },
    ],
    ['without MLmodel', server({ 'weights.bin': 'x' })],
    ['whose MLmodel is deeper', server({ 'model/MLmodel': 'x' })],
    ['that goes while it is read', server({ MLmodel: 'x' }, [{ path: 'b.bin', isFolder: false, size: 1 }])],
  ])('%s is none', async (_, artifacts) => {
    expect(await downloadModel(artifacts, place, folder)).toBe(false)
  })

  it.each(['../evil', '/tmp/evil', 'a/../../evil', '.', '', 'a\\..\\evil', 'a\0b'])(
    'rejects a file called %j',
    async (path) => {
      const artifacts = server({ MLmodel: 'x', [path]: 'evil' }, [{ path, isFolder: false, size: 4 }])
      const list = async () => [
        { path: 'MLmodel', isFolder: false, size: 1 },
        { path, isFolder: false, size: 4 },
      ]
      await expect(downloadModel({ ...artifacts, listArtifacts: list }, place, folder)).rejects.toThrow(
        /^MLflow: downloading the file .*failed: its path leads out of the folder of the model\./,
      )
    },
  )

  it('rejects an endless listing', async () => {
    const list = async (_: ArtifactLocation, at = '') => [
      { path: `${at}x/`, isFolder: true, size: undefined },
    ]
    await expect(downloadModel({ ...server({}), listArtifacts: list }, place, folder)).rejects.toThrow(
      'more than 10000 files and folders are listed',
    )
  })
})

describe('downloadFile', () => {
  it('rejects a partial file', async () => {
    const { readArtifact: read } = server({ x: 'four' })
    await expect(downloadFile({ readArtifact: read }, place, 'x', join(folder, 'x'), 5)).rejects.toThrow(
      'received 4 of 5 bytes',
    )
    expect(await downloadFile({ readArtifact: read }, place, 'x', join(folder, 'y'), 4)).toBe(true)
    expect(await downloadFile({ readArtifact: read }, place, 'none', join(folder, 'z'))).toBe(false)
  })

  it('reports a broken stream as a fault of MLflow', async () => {
    const read = async () =>
      (async function* () {
        yield Buffer.from('half')
        throw new Error('terminated')
      })()
    await expect(downloadFile({ readArtifact: read }, place, 'x', join(folder, 'x'))).rejects.toThrow(
      'MLflow: downloading the file x failed: terminated. Re-run the job',
    )
  })
})
