import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installAlertmanager, startAlertmanager } from '../alertmanager/index.ts'
import { repository } from '../paths.ts'
import { reportStep } from '../progress.ts'
import { installPrometheus, startPrometheus } from '../prometheus/index.ts'
import { adaptPrometheusConfig } from './prometheus-config.ts'
import { stopServer } from './server.ts'

export type AlertingOptions = {
  /** With a cluster, Prometheus also scrapes its pods. */
  rig: { kubernetes?: { kubeconfig: string } }
  /** The GitHub API, the repository that receives alerts ("owner/name"), and a token for it. */
  github: { url: string; repository: string; token: string }
  /** `host:port` of servers on this machine that Prometheus also scrapes. */
  targets?: string[]
}

export type Alerting = { prometheusUri: string; alertmanagerUri: string; stop: () => Promise<void> }

/** Installs Prometheus and Alertmanager. The first time takes minutes. */
export const installAlerting = async (): Promise<void> => {
  await reportStep('Alertmanager (compile)', installAlertmanager)
  await reportStep('Prometheus (compile)', installPrometheus)
}

/** Reads a file of examples/alerting. */
export const readExampleFile = (name: string): Promise<string> =>
  readFile(join(repository, 'examples', 'alerting', name), 'utf8')

/** Adds what a user adds to examples/alerting: the repository's address and a token. */
export const createAlertmanagerFiles = async ({ url, repository, token }: AlertingOptions['github']) => ({
  'alertmanager.yml': await readExampleFile('alertmanager.yml'),
  'github.tmpl': `{{ define "github.dispatches" }}${url}/repos/${repository}/dispatches{{ end }}`,
  'github-token': token,
})

/** Each process has its own daemons, so two processes can receive alerts on one machine. */
const daemonNames = { prometheus: `prometheus-${process.pid}`, alertmanager: `alertmanager-${process.pid}` }

/**
 * Starts Prometheus and Alertmanager with the files of examples/alerting. A firing alert is posted to `github`.
 * Both are daemons of the rig, so `down` stops them too.
 */
export const startAlerting = async (options: AlertingOptions): Promise<Alerting> => {
  const { rig, github, targets = [] } = options
  const alertmanagerUri = await startAlertmanager(
    daemonNames.alertmanager,
    await createAlertmanagerFiles(github),
  )
  const environment = {
    alertmanager: new URL(alertmanagerUri).host,
    kubeconfig: rig.kubernetes?.kubeconfig,
    targets,
  }
  const prometheusUri = await startPrometheus(daemonNames.prometheus, {
    'prometheus.yml': adaptPrometheusConfig(await readExampleFile('prometheus.yml'), environment),
    'prometheus-rules.yml': await readExampleFile('prometheus-rules.yml'),
  })
  return { prometheusUri, alertmanagerUri, stop: stopAlerting }
}

/** Stops both and deletes their data. */
export const stopAlerting = async (): Promise<void> => {
  for (const name of Object.values(daemonNames)) await stopServer(name)
}
