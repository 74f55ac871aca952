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

/** The addresses of this machine, which replace those of the cluster in the example. */
export type ScrapeEnvironment = {
  /** `host:port`. */
  alertmanager: string
  /** If undefined, Prometheus does not discover pods. */
  kubeconfig: string | undefined
  /** `host:port` of servers outside the cluster. Prometheus scrapes them with the label `namespace: default`. */
  targets: string[]
}

/**
 * Adapts prometheus.yml to a machine outside the cluster: addresses, access to the API server, and shorter
 * intervals, so that a test takes minutes. The scrape configuration of pods stays unchanged.
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
