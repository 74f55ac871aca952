import { copyFile, mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { cache } from '../paths.ts'
import { isolateCommand, run } from '../process/command.ts'

const moduleFolder = fileURLToPath(new URL('./module', import.meta.url))
const folder = join(cache, 'kubernetes')

type Binary = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubelet' | 'kubectl'

/** The path of an installed program of the control plane or the node. */
export const binary = (name: Binary): string => join(folder, 'bin', name)

/** kubectl of the same version as the cluster. */
export const kubectl: string = binary('kubectl')

/** Returns the version that go.mod pins, such as `v1.36.3`. */
export const pinnedVersion = (goMod: string): string => {
  const version = /^(?:require )?\s*k8s\.io\/kubernetes (v\d+\.\d+\.\d+)\b/m.exec(goMod)?.[1]
  if (version === undefined)
    throw new Error('rig/kubernetes/module/go.mod requires no k8s.io/kubernetes version')
  return version
}

/** Builds linker flags that strip symbols and set the version. Without it, the server reports v0.0.0. */
export const linkerFlags = (version: string): string => {
  const [major, minor] = version.slice(1).split('.')
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const versionFlags = Object.entries(variables).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  )
  return ['-s', '-w', ...versionFlags].join(' ')
}

/** Compiles Kubernetes and etcd with the user's Go, caches and module proxy. The first time takes minutes. */
export const installBinaries = async (): Promise<boolean> => {
  const goMod = await readFile(join(moduleFolder, 'go.mod'), 'utf8')
  const goSum = await readFile(join(moduleFolder, 'go.sum'))
  const flags = linkerFlags(pinnedVersion(goMod))
  return installOnce(folder, computeFingerprint(goMod, goSum, flags), async (into) => {
    // Builds from a copy, because the checkout can be read-only or change during the build.
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
