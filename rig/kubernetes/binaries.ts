import { copyFile, mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { cache } from '../paths.ts'
import { isolateCommand, run } from '../process/command.ts'

const moduleFolder = fileURLToPath(new URL('./module', import.meta.url))
const folder = join(cache, 'kubernetes')

type Binary = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubelet' | 'kubectl'

/** Where an installed program of the control plane or node lies. */
export const binary = (name: Binary): string => join(folder, 'bin', name)

/** The client that belongs to the cluster, built from the same module. */
export const kubectl: string = binary('kubectl')

/** The version that go.mod pins, such as `v1.36.3`. */
export const pinnedVersion = (goMod: string): string => {
  const version = /^(?:require )?\s*k8s\.io\/kubernetes (v\d+\.\d+\.\d+)\b/m.exec(goMod)?.[1]
  if (version === undefined)
    throw new Error('rig/kubernetes/module/go.mod requires no k8s.io/kubernetes version')
  return version
}

/** Linker flags: small programs, and the version without which the server calls itself v0.0.0. */
export const linkerFlags = (version: string): string => {
  const [major, minor] = version.slice(1).split('.')
  const facts = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const set = Object.entries(facts).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  )
  return ['-s', '-w', ...set].join(' ')
}

/** Compiles Kubernetes and etcd with the user's own Go, caches and module proxy: minutes once, then nothing. */
export const installBinaries = async (): Promise<boolean> => {
  const goMod = await readFile(join(moduleFolder, 'go.mod'), 'utf8')
  const goSum = await readFile(join(moduleFolder, 'go.sum'))
  const flags = linkerFlags(pinnedVersion(goMod))
  return installOnce(folder, computeFingerprint(goMod, goSum, flags), async (into) => {
    // Go writes nothing beside go.mod, but a copy keeps a checkout that is read-only, or edited meanwhile, out of it.
    const source = join(into, 'source')
    await mkdir(source)
    for (const file of ['go.mod', 'go.sum']) await copyFile(join(moduleFolder, file), join(source, file))
    const command = ['go', 'install', '-p=2', '-trimpath', '-mod=readonly', `-ldflags=${flags}`, 'tool']
    await run(isolateCommand(...command), {
      cwd: source,
      env: { GOBIN: join(into, 'bin'), GOWORK: 'off', CGO_ENABLED: '0' },
    })
    await rename(join(into, 'bin', 'server'), join(into, 'bin', 'etcd'))
  })
}
