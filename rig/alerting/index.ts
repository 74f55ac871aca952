import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installAlertmanager, startAlertmanager } from '../alertmanager/index.ts'
import type { Rig } from '../index.ts'
import { repository } from '../places.ts'
import { step } from '../progress.ts'
import { installPrometheus, startPrometheus } from '../prometheus/index.ts'
import { prometheusConfig } from './prometheus-config.ts'
import { stopServer } from './server.ts'

export type AlertingOptions = {
  /** Pods are scraped where it has a cluster. */
  rig: Pick<Partial<Rig>, 'kubernetes'>
  /** GitHub's API, the repository that alerts are sent to ("owner/name"), and a token for it. */
  github: { url: string; repository: string; token: string }
  /** `host:port` of servers of this machine to be scraped besides pods. */
  targets?: string[]
}

export type Alerting = { prometheusUri: string; alertmanagerUri: string; stop: () => Promise<void> }

/** Installs Prometheus and Alertmanager: minutes the first time. */
export const installAlerting = async (): Promise<void> => {
  await step('Alertmanager, compiled', installAlertmanager)
  await step('Prometheus, compiled', installPrometheus)
}

/** A file that users copy, as it is. */
export const exampleFile = (name: string): Promise<string> =>
  readFile(join(repository, 'examples', 'alerting', name), 'utf8')

/** What a user adds to the files of examples/alerting: the repository's address and a token. */
export const alertmanagerFiles = async ({ url, repository, token }: AlertingOptions['github']) => ({
  'alertmanager.yml': await exampleFile('alertmanager.yml'),
  'github.tmpl': `{{ define "github.dispatches" }}${url}/repos/${repository}/dispatches{{ end }}`,
  'github-token': token,
})

/** Each process has its own: two may want to see alerts on one machine. */
const names = { prometheus: `prometheus-${process.pid}`, alertmanager: `alertmanager-${process.pid}` }

/**
 * Starts Prometheus and Alertmanager with the files of examples/alerting, which post to `github` when an alert
 * fires. They are daemons of the rig: taking it down ends them, too.
 */
export const startAlerting = async (options: AlertingOptions): Promise<Alerting> => {
  const { rig, github, targets = [] } = options
  const alertmanagerUri = await startAlertmanager(names.alertmanager, await alertmanagerFiles(github))
  const surroundings = {
    alertmanager: new URL(alertmanagerUri).host,
    kubeconfig: rig.kubernetes?.kubeconfig,
    targets,
  }
  const prometheusUri = await startPrometheus(names.prometheus, {
    'prometheus.yml': prometheusConfig(await exampleFile('prometheus.yml'), surroundings),
    'prometheus-rules.yml': await exampleFile('prometheus-rules.yml'),
  })
  return { prometheusUri, alertmanagerUri, stop: stopAlerting }
}

/** Ends both, and deletes their data. */
export const stopAlerting = async (): Promise<void> => {
  for (const name of Object.values(names)) await stopServer(name)
}
