import { join } from 'node:path'
import { startServer } from '../alerting/server.ts'
import { installGoModule } from '../install/go-module.ts'
import { cache } from '../paths.ts'

const folder = join(cache, 'alerting', 'prometheus')

export const prometheus: string = join(folder, 'bin', 'prometheus')
/** Checks and tests files of rules. */
export const promtool: string = join(folder, 'bin', 'promtool')

/**
 * Installs Prometheus from its Go module, which calls release 3.15.0 v0.315.0. Debian's package was built without
 * the discovery of pods; here it is the only one besides files, since the others are most of the work.
 * @returns true when it was compiled now.
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
 * @param name of its daemon.
 * @param files its configuration: prometheus.yml, and what that names.
 * @returns its address.
 */
export const startPrometheus = (name: string, files: Record<string, string>): Promise<string> =>
  startServer(name, files, ({ config, data, address }) => [
    prometheus,
    `--config.file=${join(config, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
  ])
