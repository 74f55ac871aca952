import { parse, stringify } from 'yaml'

type PrometheusConfig = {
  global: Record<string, string>
  alerting: unknown
  scrape_configs: {
    job_name: string
    kubernetes_sd_configs?: { role: string; kubeconfig_file?: string }[]
    static_configs?: { targets: string[]; labels?: Record<string, string> }[]
  }[]
}

/** How this machine differs from the cluster that the example is written for. */
export type ScrapeEnvironment = {
  /** `host:port`. */
  alertmanager: string
  /** Without it no pods are looked for. */
  kubeconfig: string | undefined
  /** `host:port` of servers outside the cluster that are scraped, too, as if they were in the namespace default. */
  targets: string[]
}

/**
 * A user's prometheus.yml, changed only in what differs outside a cluster: addresses, how the API server is
 * reached, and, so that minutes are enough for everything, how often is looked. What pods are scraped and how
 * stays as it is written.
 */
export const adaptPrometheusConfig = (
  example: string,
  { alertmanager, kubeconfig, targets }: ScrapeEnvironment,
) => {
  const config: PrometheusConfig = parse(example.replaceAll('alertmanager:9093', alertmanager))
  config.global = { ...config.global, scrape_interval: '2s', evaluation_interval: '2s' }
  const jobs = config.scrape_configs.flatMap((job) => {
    if (job.kubernetes_sd_configs === undefined) return [job]
    if (kubeconfig === undefined) return []
    const discoveries = job.kubernetes_sd_configs.map((each) => ({ ...each, kubeconfig_file: kubeconfig }))
    return [{ ...job, kubernetes_sd_configs: discoveries }]
  })
  const outside = {
    job_name: 'outside-the-cluster',
    static_configs: [{ targets, labels: { namespace: 'default' } }],
  }
  config.scrape_configs = [...jobs, outside]
  return stringify(config)
}
