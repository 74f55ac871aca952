import { expect, test } from 'vitest'
import { diagnoseRenderError } from './render-error.ts'

// Real errors of Helm 3 and 4, without "Error: ".
test.each([
  [
    'error while running post render on files: error while running command /w/render.sh. error output:\nno overlay\n: exit status 3\n\nUse --debug flag to render out invalid YAML',
    'post-renderer',
    '"/w/render.sh" failed: no overlay (exit status 3). Run "helm template" on the chart, and give its output to this program.',
  ],
  [
    'error while running post render on files: error while running command /w/render.sh. error output:\n\n\nUse --debug flag to render out invalid YAML',
    'post-renderer',
    '"/w/render.sh" failed: it printed nothing to stderr. Run "helm template" on the chart, and give its output to this program.',
  ],
  [
    'execution error at (churn/templates/deployment.yaml:20:52): image.digest must be set\n\nUse --debug flag to render out invalid YAML',
    'values',
    'the chart does not render: image.digest must be set (churn/templates/deployment.yaml:20:52). Set it in values or values-files.',
  ],
  [
    `values don't meet the specifications of the schema(s) in the following chart(s):\nchurn:\n- at '/replicas': got string, want integer\n- at '': missing property 'image'\n`,
    'values',
    "the values do not meet the chart's schema: churn: at '/replicas': got string, want integer; at '': missing property 'image'. Correct values, values-files or version-values, which writes texts.",
  ],
  [
    `values don't meet the specifications of the schema(s) in the following chart(s):\nchurn:\n- at '': additional properties 'model' not allowed\n`,
    'version-values',
    'the chart\'s schema does not allow model.name, model.version and model.mlflowUri, which helm-deploy writes without version-values. Set version-values to the values in which this chart takes the version, such as "image.tag: v{{version}}", or allow model in values.schema.json.',
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
    'its dependencies are missing: redis. Set dependency-build to true, or run "helm dependency build" in an earlier step.',
  ],
  [
    'execution error at (redis/templates/NOTES.txt:212:4): \nVALUES VALIDATION:\n\nredis: auth.password must be set.\n',
    'values',
    'the chart does not render: VALUES VALIDATION: redis: auth.password must be set (redis/templates/NOTES.txt:212:4). Set it in values or values-files.',
  ],
  [
    'chart/templates/b.yaml:1:98\n  executing "chart/templates/b.yaml" at <include "y" .>:\n    error calling include:\nchart/templates/b.yaml:1:32\n  executing "x" at <.Values.zz.y>:\n    nil pointer evaluating interface {}.y',
    'values',
    'the chart does not render: it reads .Values.zz.y, of which a part is not set. Set it in values or values-files.',
  ],
  [
    'template: chart/templates/b.yaml:1:98: executing "chart/templates/b.yaml" at <include "y" .>: error calling include: template: chart/templates/b.yaml:1:32: executing "x" at <toYaml .Values.a | nindent "x">: expected integer; found "x"',
    'chart',
    'it does not render: expected integer; found "x" at toYaml .Values.a | nindent "x" (chart/templates/b.yaml:1:32). Correct the template, or the values that it reads.',
  ],
  [
    `chart/templates/b.yaml:1:13\n  executing "chart/templates/b.yaml" at <.Values.a.b.c>:\n    can't evaluate field b in type interface {}`,
    'chart',
    `it does not render: can't evaluate field b in type interface {} at .Values.a.b.c (chart/templates/b.yaml:1:13). Correct the template, or the values that it reads.`,
  ],
  [
    'chart/templates/b.yaml:1:6\n  executing "chart/templates/b.yaml" at <include "nope" .>:\n    error calling include:\ntemplate: no template "nope" associated with template "gotpl"',
    'chart',
    'it does not render: error calling include: template: no template "nope" associated with template "gotpl" at include "nope" . (chart/templates/b.yaml:1:6). Correct the template, or the values that it reads.',
  ],
  [
    'parse error at (chart/templates/b.yaml:1): function "foo" not defined',
    'chart',
    'it does not render: function "foo" not defined (chart/templates/b.yaml:1). Correct the template.',
  ],
  [
    'YAML parse error on chart/templates/b.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
    'chart',
    'chart/templates/b.yaml does not render as YAML: error converting YAML to JSON: yaml: mapping values are not allowed in this context. Correct the template, or the values that it writes ("helm template --debug" shows its lines).',
  ],
  [
    'chart requires kubeVersion: >=1.99.0 which is incompatible with Kubernetes v1.36.3',
    'chart',
    'it requires Kubernetes >=1.99.0 which is incompatible with Kubernetes v1.36.3. Use another version of it.',
  ],
])('%s', (detail, input, message) => {
  expect(diagnoseRenderError(detail)).toEqual({ input, message })
})

test('another error has no input', () => {
  expect(diagnoseRenderError('Kubernetes cluster unreachable')).toBeUndefined()
})
