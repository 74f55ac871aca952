import { resolveMlflowConnection } from '../../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import { resolvePrometheusConnection } from '../../../src/adapters/prometheus/connection.ts'
import { connectPrometheus } from '../../../src/adapters/prometheus/prometheus.ts'
import type { Context } from '../../../src/runtime/context.ts'
import type { PerformanceContext } from './evaluate-performance.ts'
import type { PerformanceInputs } from './fields.ts'

export type Sources = Pick<PerformanceContext, 'connectMlflow' | 'connectPrometheus'>

/** The rules of the contract require the addresses that the inputs need. */
export function connectSources(inputs: PerformanceInputs, { env, cancelled }: Context): Sources {
  const { 'tracking-uri': tracking = '', 'prometheus-url': prometheus = '' } = inputs
  return {
    connectMlflow: () =>
      connectMlflow(resolveMlflowConnection({ ...inputs, 'tracking-uri': tracking }, env, cancelled)),
    connectPrometheus: () =>
      connectPrometheus(
        resolvePrometheusConnection({ ...inputs, 'prometheus-url': prometheus }, env, cancelled),
      ),
  }
}
