import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { provideGo } from '../install/go.ts'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { installVenv } from '../mlflow/venv.ts'
import { cache, repository } from '../paths.ts'
import { run } from '../process/command.ts'

/** A program that `go install` builds. Each has its own folder, which can be an entry of PATH. */
type GoTool = { package: string; version: string; flags?: string }

const goTools = {
  helm3: { package: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0', flags: helmVersion('v3', 'v3.22.0') },
  helm4: { package: 'helm.sh/helm/v4/cmd/helm', version: 'v4.3.1', flags: helmVersion('v4', 'v4.3.1') },
  act: { package: 'github.com/nektos/act', version: 'v0.2.89', flags: '-X main.version=0.2.89' },
  actionlint: { package: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12' },
} satisfies Record<string, GoTool>

type GoToolName = keyof typeof goTools

/** Without this flag, a `helm` built by `go install` prints its version without the patch number. */
function helmVersion(major: 'v3' | 'v4', version: string): string {
  return `-X helm.sh/helm/${major}/internal/version.version=${version}`
}

const folder = (name: GoToolName): string => join(cache, 'tools', name)

const program = (name: GoToolName): string =>
  join(folder(name), name === 'helm3' || name === 'helm4' ? 'helm' : name)

const zizmorVenv = join(cache, 'tools', 'zizmor')

/** Paths of the installed programs. The folder of each Helm can be an entry of PATH. */
export const tools = {
  helm3: program('helm3'),
  helm4: program('helm4'),
  act: program('act'),
  actionlint: program('actionlint'),
  zizmor: join(zizmorVenv, 'bin', 'zizmor'),
  node: join(repository, 'node_modules', '.bin', 'node'),
}

/** Callers compile one tool at a time, because the other parts share the cores. */
const installGoTool = async (name: GoToolName): Promise<boolean> => {
  const tool: GoTool = goTools[name]
  const flags = `-s -w ${tool.flags ?? ''}`.trim()
  return installOnce(folder(name), computeFingerprint(tool.package, tool.version, flags), async (into) => {
    await provideGo()
    await run(['go', 'install', '-trimpath', `-ldflags=${flags}`, `${tool.package}@${tool.version}`], {
      env: { GOBIN: into, GOWORK: 'off', CGO_ENABLED: '0' },
    })
  })
}

/** Installs Helm 3 and 4. @returns whether it installed something */
export const installHelm = async (): Promise<boolean> => {
  const three = await installGoTool('helm3')
  return (await installGoTool('helm4')) || three
}

/** Installs act, which runs workflow files. @returns whether it installed something */
export const installAct = (): Promise<boolean> => installGoTool('act')

/** Installs actionlint and zizmor for `npm run check`. */
export const installLinters = async (): Promise<boolean> => {
  const actionlint = await installGoTool('actionlint')
  const requirements = fileURLToPath(new URL('./zizmor.txt', import.meta.url))
  return (await installVenv(zizmorVenv, requirements)) || actionlint
}
