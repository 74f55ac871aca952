import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installAlertmanager, startAlertmanager } from '../alertmanager/index.ts'
import { repository } from '../paths.ts'
import { reportStep } from '../progress.ts'
import { installPrometheus, startPrometheus } from '../prometheus/index.ts'
import { adaptPrometheusConfig } from './prometheus-config.ts'
import { stopServer } from './server.ts'

export type AlertingOptions = {
  /** Prometheus also scrapes pods where the rig has a cluster. */
  rig: { kubernetes?: { kubeconfig: string } }
  /** GitHub's API, the repository that alerts are sent to ("owner/name"), and a token for it. */
  github: { url: string; repository: string; token: string }
  /** `host:port` of servers of this machine to be scraped besides pods. */
  targets?: string[]
}

export type Alerting = { prometheusUri: string; alertmanagerUri: string; stop: () => Promise<void> }

/** Installs Prometheus and Alertmanager: minutes the first time. */
export const installAlerting = async (): Promise<void> => {
  await reportStep('Alertmanager, compiled', installAlertmanager)
  await reportStep('Prometheus, compiled', installPrometheus)
}

/** An example file, unmodified. */
export const readExampleFile = (name: string): Promise<string> =>
  readFile(join(repository, 'examples', 'alerting', name), 'utf8')

/** What a user adds to the files of examples/alerting: the repository's address and a token. */
export const createAlertmanagerFiles = async ({ url, repository, token }: AlertingOptions['github']) => ({
  'alertmanager.yml': await readExampleFile('alertmanager.yml'),
  'github.tmpl': `{{ define "github.dispatches" }}${url}/repos/${repository}/dispatches{{ end }}`,
  'github-token': token,
})

/** Each process has its own daemons, so that two can receive alerts on one machine. */
const daemonNames = { prometheus: `prometheus-${process.pid}`, alertmanager: `alertmanager-${process.pid}` }

/**
 * Starts Prometheus and Alertmanager with the files of examples/alerting, which post to `github` when an alert
 * fires. They are daemons of the rig: stopping it ends them too.
 */
export const startAlerting = async (options: AlertingOptions): Promise<Alerting> => {
  const { rig, github, targets = [] } = options
  const alertmanagerUri = await startAlertmanager(
    daemonNames.alertmanager,
    await createAlertmanagerFiles(github),
  )
  const surroundings = {
    alertmanager: new URL(alertmanagerUri).host,
    kubeconfig: rig.kubernetes?.kubeconfig,
    targets,
  }
  const prometheusUri = await startPrometheus(daemonNames.prometheus, {
    'prometheus.yml': adaptPrometheusConfig(await readExampleFile('prometheus.yml'), surroundings),
    'prometheus-rules.yml': await readExampleFile('prometheus-rules.yml'),
  })
  return { prometheusUri, alertmanagerUri, stop: stopAlerting }
}

/** Ends both, and deletes their data. */
export const stopAlerting = async (): Promise<void> => {
  for (const name of Object.values(daemonNames)) await stopServer(name)
}
