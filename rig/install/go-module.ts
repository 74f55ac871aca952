import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../process/command.ts'
import { provideGo } from './go.ts'
import { computeFingerprint, installOnce } from './install-once.ts'

/** Programs of a module that `go install MODULE/cmd/x@VERSION` does not build. */
export type GoModule = {
  module: string
  version: string
  /** Below the module's `cmd`. */
  programs: string[]
  flags: string
  tags?: string
  /** Files that the module embeds and does not carry, such as a web page that its releases are built with. */
  add?: Record<string, string>
}

/**
 * Compiles programs inside a copy of their module, where its replace lines hold and missing files can be added.
 * @returns true when something was compiled.
 */
export const installGoModule = async (folder: string, wanted: GoModule): Promise<boolean> => {
  const { module, version, programs, flags, tags = '', add = {} } = wanted
  return installOnce(folder, computeFingerprint(JSON.stringify(wanted)), async (into) => {
    await provideGo()
    const described = await run(['go', 'mod', 'download', '-json', `${module}@${version}`])
    const source = join(into, 'source')
    await cp((JSON.parse(described) as { Dir: string }).Dir, source, { recursive: true })
    // Go's module cache is read-only, and so is what was copied from it.
    await run(['chmod', '-R', 'u+w', source])
    for (const [path, text] of Object.entries(add)) {
      await mkdir(dirname(join(source, path)), { recursive: true })
      await writeFile(join(source, path), text)
    }
    const options = ['-trimpath', `-tags=${tags}`, `-ldflags=-s -w ${flags}`]
    const packages = programs.map((program) => `./cmd/${program}`)
    await run(['go', 'install', '-p=2', ...options, ...packages], {
      cwd: source,
      env: { GOBIN: join(into, 'bin'), GOWORK: 'off', CGO_ENABLED: '0' },
    })
    await rm(source, { recursive: true })
  })
}
