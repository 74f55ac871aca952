import { expect, test } from 'vitest'
import { diagnoseRenderError } from './render-error.ts'

// Real errors of Helm 3 and 4, without "Error: ".
test.each([
  [
    'execution error at (churn/templates/deployment.yaml:20:52): image.digest must be set\n\nUse --debug flag to render out invalid YAML',
    'values',
    'the chart does not render: image.digest must be set (churn/templates/deployment.yaml:20:52). Set it in values or values-files.',
  ],
  [
    `values don't meet the specifications of the schema(s) in the following chart(s):\nchurn:\n- at '/replicas': got string, want integer\n- at '': missing property 'image'\n`,
    'values',
    "the values do not meet the chart's schema: churn:; at '/replicas': got string, want integer; at '': missing property 'image'. Correct values or values-files.",
  ],
  [
    'template: churn/templates/deployment.yaml:7:24: executing "churn/templates/deployment.yaml" at <.Values.image.digest>: nil pointer evaluating interface {}.digest',
    'values',
    'the chart does not render: it reads .Values.image.digest, of which a part is not set. Set it in values or values-files.',
  ],
  [
    'failed to parse prod.yaml: error converting YAML to JSON: yaml: line 2: did not find expected node content',
    'values-files',
    'prod.yaml is not YAML: error converting YAML to JSON: yaml: line 2: did not find expected node content',
  ],
  [
    'an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis',
    'chart',
    'its dependencies are missing: redis. Run "helm dependency build" in an earlier step.',
  ],
])('%s', (detail, input, message) => {
  expect(diagnoseRenderError(detail)).toEqual({ input, message })
})

test('another error has no input', () => {
  expect(diagnoseRenderError('Kubernetes cluster unreachable')).toBeUndefined()
})
