import { expect, test } from 'vitest'
import { findInvalidImages, findUnusableTexts } from './rendered-text.ts'

const place = 'template.spec.containers[serve].env[X].value'

test.each([
  [`\${{ github.sha }}`, 'expression'],
  [`models:/fraud/\${{ inputs.version }}`, 'expression'],
  ['{{ .Values.model.version }}', 'template'],
  ['{{- .Release.Name }}-x', 'template'],
  ['{{ include "x" . | quote }}{{ tpl .Values.a . }}', 'template'],
  ['map[mlflowUri:http://x name:fraud version:1]', 'map'],
  ['map[]', 'map'],
  ['acme/model:%!s(<nil>)', 'unset'],
  ['<YOUR-TOKEN>', 'placeholder'],
  ['<your api key here>', 'placeholder'],
  ['<REPLACE_ME>', 'placeholder'],
  ['<changeme>', 'placeholder'],
  ['<fill in your token>', 'placeholder'],
  ['<path:secret/data/fraud#token>', 'placeholder'],
  ['ref+awsssm://fraud/token', 'placeholder'],
  [`\${{ secrets['TOKEN'] }}`, 'expression'],
  [`\${{ format('v{0}', github.sha) }}`, 'expression'],
  ['{{ $.Chart.AppVersion }}', 'template'],
])('%s is no value: %s', (text, problem) => {
  expect(findUnusableTexts([{ place, text }])).toEqual([{ place, text, problem }])
})

test.each([
  '',
  'http://mlflow:5000',
  // A shell, Java or TorchServe replaces these.
  `exec serve --port \${PORT}`,
  '$(MODEL_VERSION)',
  // Prompts, and templates of Vault and Prometheus.
  '{{ question }}',
  '{% for message in messages %}{{ message.content }}{% endfor %}',
  '{{ with secret "a" }}{{ .Data.data.token }}{{ end }}',
  '{{ $labels.instance }}',
  '{{ .Data.data.Release }}{{ .Data.Values.x }}',
  '{{ .Release }}',
  // Escaped braces of Python, and a template of Backstage.
  `print(f"\${{price}}")`,
  `\${{ parameters.name }}`,
  // Tokens of a tokenizer.
  '<EOS>',
  '<mask>',
  '<FILL_ME>',
  '<insert>',
  'a map[string]int',
  '100%!',
  'changeme',
])('%s may be meant', (text) => {
  expect(findUnusableTexts([{ place, text }])).toEqual([])
})

test.each([
  [`acme/\${TAG}`, 'image'],
  [`acme/model:\${{ github.sha }}`, 'expression'],
  ['acme/model:{{ .Values.tag }}', 'template'],
  ['map[repository:x tag:y]', 'map'],
  ['ghcr.io/Acme/model:1', 'image'],
  ['acme/model:', 'image'],
  ['acme/model:a b', 'image'],
  [' acme/model', 'image'],
  ['https://ghcr.io/acme/model:1', 'image'],
  ['<your-registry>/model:1', 'image'],
])('no node can parse the image %s: %s', (text, problem) => {
  expect(findInvalidImages([{ place, text }])).toMatchObject([{ problem }])
})

test.each([
  'busybox',
  'busybox:1.36',
  'ghcr.io/acme/model:V1.2_x-3',
  'localhost:5000/a/b-c/d__e:latest',
  'registry.Example.com/model@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  '[::1]:5000/model:1',
  // The API server asks for an image itself.
  '',
])('the image %s is valid', (text) => {
  expect(findInvalidImages([{ place, text }])).toEqual([])
})
