import { join } from 'node:path'
import { startServer } from '../alerting/server.ts'
import { installGoModule } from '../install/go-module.ts'
import { cache } from '../paths.ts'

const folder = join(cache, 'alerting', 'alertmanager')

export const alertmanager: string = join(folder, 'bin', 'alertmanager')
/** The command-line client of Alertmanager. It also checks configuration files. */
export const amtool: string = join(folder, 'bin', 'amtool')

/** Installs Alertmanager from its Go module, which lacks the web page. @returns whether it compiled something */
export const installAlertmanager = (): Promise<boolean> =>
  installGoModule(folder, {
    module: 'github.com/prometheus/alertmanager',
    version: 'v0.34.2',
    programs: ['alertmanager', 'amtool'],
    flags: '-X github.com/prometheus/common/version.Version=0.34.2',
    add: {
      'ui/app/dist/index.html': '<!doctype html><title>Alertmanager</title>No page was built in; use amtool.',
    },
  })

/**
 * Starts an Alertmanager without stored alerts and without peers.
 * @param name the name of the daemon
 * @param files alertmanager.yml and the files that it refers to
 * @returns its address
 */
export const startAlertmanager = (name: string, files: Record<string, string>): Promise<string> =>
  startServer(name, files, ({ config, data, address }) => [
    alertmanager,
    `--config.file=${join(config, 'alertmanager.yml')}`,
    `--storage.path=${data}`,
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
  ])
