import { join } from 'node:path'
import { startServer } from '../alerting/server.ts'
import { installGoModule } from '../install/go-module.ts'
import { cache } from '../paths.ts'

const folder = join(cache, 'alerting', 'prometheus')

export const prometheus: string = join(folder, 'bin', 'prometheus')
/** Checks and tests rule files. */
export const promtool: string = join(folder, 'bin', 'promtool')

/**
 * Installs Prometheus from its Go module, whose v0.315.0 is release 3.15.0. Debian's package lacks the discovery of
 * pods. Other discoveries are left out, because they take most of the compile time.
 * @returns whether it compiled something
 */
export const installPrometheus = (): Promise<boolean> =>
  installGoModule(folder, {
    module: 'github.com/prometheus/prometheus',
    version: 'v0.315.0',
    programs: ['prometheus', 'promtool'],
    flags: '-X github.com/prometheus/common/version.Version=3.15.0',
    tags: 'remove_all_sd,enable_kubernetes_sd',
  })

/**
 * Starts a Prometheus without earlier data.
 * @param name the name of the daemon
 * @param files prometheus.yml and the files that it refers to
 * @returns its address
 */
export const startPrometheus = (name: string, files: Record<string, string>): Promise<string> =>
  startServer(name, files, ({ config, data, address }) => [
    prometheus,
    `--config.file=${join(config, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
  ])
