import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../process/command.ts'
import { provideGo } from './go.ts'
import { computeFingerprint, installOnce } from './install-once.ts'

/** A Go module whose programs `go install MODULE/cmd/x@VERSION` cannot build. */
export type GoModule = {
  module: string
  version: string
  /** Folders below the module's `cmd`. */
  programs: string[]
  flags: string
  tags?: string
  /** Files that the module embeds but does not contain, such as a web page that only the release build adds. */
  add?: Record<string, string>
}

/**
 * Compiles programs in a copy of their module. There, its `replace` lines apply and missing files can be added.
 * @returns whether it compiled something
 */
export const installGoModule = async (folder: string, options: GoModule): Promise<boolean> => {
  const { module, version, programs, flags, tags = '', add = {} } = options
  return installOnce(folder, computeFingerprint(JSON.stringify(options)), async (into) => {
    await provideGo()
    const description = await run(['go', 'mod', 'download', '-json', `${module}@${version}`])
    const source = join(into, 'source')
    await cp((JSON.parse(description) as { Dir: string }).Dir, source, { recursive: true })
    // Files of Go's module cache are read-only, and so are copies of them.
    await run(['chmod', '-R', 'u+w', source])
    for (const [path, text] of Object.entries(add)) {
      await mkdir(dirname(join(source, path)), { recursive: true })
      await writeFile(join(source, path), text)
    }
    const buildFlags = ['-trimpath', `-tags=${tags}`, `-ldflags=-s -w ${flags}`]
    const packages = programs.map((program) => `./cmd/${program}`)
    await run(['go', 'install', '-p=2', ...buildFlags, ...packages], {
      cwd: source,
      env: { GOBIN: join(into, 'bin'), GOWORK: 'off', CGO_ENABLED: '0' },
    })
    await rm(source, { recursive: true })
  })
}
