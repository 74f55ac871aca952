import { createServer } from 'node:http'

/** Renders one series in the text format of Prometheus, with escaped label values. */
const renderSeries = (name: string, labels: Record<string, string>, value: number): string => {
  const escaped = (text: string) =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
  return `${name}{${pairs.join(',')}} ${value}\n`
}

export type ServedModel = { model_name: string; model_version: string; accuracy: number; samples: number }

/** Renders the metrics of served models in the format of the example's app. */
export const renderMetrics = (models: ServedModel[]): string =>
  models
    .map(({ accuracy, samples, ...labels }) =>
      [
        renderSeries('model_info', { ...labels, run_id: 'f'.repeat(32) }, 1),
        renderSeries('model_accuracy', labels, accuracy),
        renderSeries('model_f1', labels, accuracy),
        renderSeries('model_window_samples', labels, samples),
        renderSeries('model_predictions_total', labels, 1000),
        renderSeries('model_feedback_total', labels, 500),
        renderSeries('model_errors_total', { ...labels, fault: 'server' }, 1),
        renderSeries('model_prediction_latency_seconds_bucket', { ...labels, le: '0.01' }, 100),
        renderSeries('model_prediction_latency_seconds_bucket', { ...labels, le: '+Inf' }, 100),
        renderSeries('model_prediction_latency_seconds_count', labels, 100),
      ].join(''),
    )
    .join('')

export type Exporter = { target: string; close: () => void }

/** Serves the metrics of these models at `target`, a `host:port`. */
export const startExporter = async (models: ServedModel[]): Promise<Exporter> => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(renderMetrics(models))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the exporter has no port')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { target: `127.0.0.1:${address.port}`, close }
}
