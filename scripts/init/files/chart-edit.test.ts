import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createdChart } from '../../../test/fakes/user-repositories.ts'
import { checkoutPath } from '../../checkout.ts'
import { addModelDownload, addModelValues, OtherLayout, setImageTag } from './chart-edit.ts'

const created = createdChart['templates/deployment.yaml'] ?? ''

/** A template without control lines, which is YAML. */
const plain = `spec:
  template:
    spec:
      containers:
        - name: app
          image: "app:1"
          env:
            - name: PORT
              value: "80"
          volumeMounts:
            - name: cache
              mountPath: /cache
      volumes:
        - name: cache
          emptyDir: {}
`

/** Reads a template that has the values of the model, and no other control lines. */
const read = (template: string) =>
  parse(template.replace(/^ *\{\{-.*\}\}\n/gm, '').replace(/\{\{ *([\w.]+)[^}]*\}\}/g, '$1')).spec.template
    .spec

describe('a plain template', () => {
  const pod = read(addModelDownload(plain, 'MODEL_VERSION'))

  test('has one init container, with the image of the server', () => {
    expect(pod.initContainers).toMatchObject([{ name: 'fetch-model', image: 'app:1' }])
    const env = Object.fromEntries(
      pod.initContainers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]),
    )
    expect(env).toMatchObject({
      MODEL_NAME: '.Values.model.name',
      MODEL_VERSION: '.Values.model.version',
      MLFLOW_TRACKING_URI: '.Values.model.mlflowUri',
    })
  })

  test('keeps its own variables, mounts and volumes', () => {
    const [server] = pod.containers
    expect(server.env).toEqual([
      { name: 'MODEL_VERSION', value: '.Values.model.version' },
      { name: 'PORT', value: '80' },
    ])
    expect(server.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(['model', 'cache'])
    expect(pod.volumes.map(({ name }: { name: string }) => name)).toEqual(['model', 'model-tmp', 'cache'])
  })

  test('gets the lists that it lacks, at its own indentation', () => {
    const short =
      'spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: "app:1"\n'
    const text = addModelDownload(short, 'MODEL_VERSION')
    expect(text).toMatch(/readOnly: true\n {6}volumes:[\s\S]*[^\n]\n$/)
    const changed = read(text)
    expect(changed.containers[0]).toMatchObject({
      env: [{ name: 'MODEL_VERSION' }],
      volumeMounts: [{ name: 'model', readOnly: true }],
    })
    expect(changed.volumes).toHaveLength(2)
  })
})

test('the layout of helm create: lists of values follow those of the model', () => {
  const changed = addModelDownload(created, 'MODEL_VERSION')
  expect(changed).toContain(`          volumeMounts:
            - name: model
              mountPath: /model
              readOnly: true
            {{- with .Values.volumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
`)
  expect(changed.match(/\{\{- with \.Values\.securityContext \}\}/g)).toHaveLength(2)
})

test('the layout of an older helm create, without volumes', () => {
  const old = created
    .replace(/ *\{\{- with \.Values\.(volumes|volumeMounts) \}\}\n.*\n.*\n.*\n/g, '')
    .replace(
      /\{\{- with \.Values\.resources \}\}\n *(resources:)\n *\{\{- toYaml \. (.*)\n.*\n/,
      '$1\n            {{- toYaml .Values.resources $2\n',
    )
  const changed = addModelDownload(old, 'MODEL_VERSION')
  expect(changed).toContain(`            {{- toYaml .Values.resources | nindent 12 }}
          volumeMounts:
            - name: model
              mountPath: /model
              readOnly: true
      volumes:
        - name: model
          emptyDir: {}
        - name: model-tmp
          emptyDir: {}
      {{- with .Values.nodeSelector }}
`)
})

const variables = ['          env:', '            - name: LOG_LEVEL', '              value: info']

test.each([
  ['at the top of the container', '          {{- with .Values.securityContext }}'],
  ['between imagePullPolicy and ports', '          ports:'],
  ['between ports and resources', '          {{- with .Values.resources }}'],
  ['between resources and mounts', '          {{- with .Values.volumeMounts }}'],
])('variables in the layout of helm create, %s, keep their place', (_, next) => {
  const template = created.replace(`${next}\n`, `${variables.join('\n')}\n${next}\n`)
  expect(template).toContain('LOG_LEVEL')
  const changed = addModelDownload(template, 'MODEL_VERSION')
  expect(changed).toContain(`          env:
            - name: MODEL_VERSION
              value: {{ .Values.model.version | quote }}
            - name: LOG_LEVEL
              value: info
`)
  // One of the init container, and one of the server.
  expect(changed.match(/^ {10}env:/gm)).toHaveLength(2)
})

test('control lines at the margin belong to the container', () => {
  const resources =
    '{{- if .Values.big }}\n          tty: true\n{{- else }}\n          tty: false\n{{- end }}\n'
  const template = plain.replace('          env:', `${resources}          env:`)
  expect(addModelDownload(template, 'MODEL_VERSION')).toContain(`${resources}          env:
            - name: MODEL_VERSION
              value: {{ .Values.model.version | quote }}
            - name: PORT
`)
  const [head = ''] = plain.split('          env:')
  const pods = '{{- with .Values.nodeSelector }}\n      nodeSelector: {a: b}\n{{- end }}\n'
  const changed = addModelDownload(head + resources + pods, 'MODEL_VERSION')
  expect(changed).toContain(`${resources}          volumeMounts:\n`)
  expect(changed).toMatch(/- name: model-tmp\n {10}emptyDir: \{\}\n\{\{- with \.Values\.nodeSelector/)
})

test('a condition around the whole template makes nothing conditional', () => {
  const template = `{{- if .Values.enabled }}\n${plain}{{- end }}\n`
  expect(addModelDownload(template, 'MODEL_VERSION')).toContain('- name: PORT')
})

test('the download is that of the example chart', () => {
  const example = readFileSync(checkoutPath('examples/digits/chart/templates/deployment.yaml'), 'utf8')
  const command = /^ +command:\n +- \/bin\/sh[\s\S]*?\n +fi\n/m
  expect(command.exec(addModelDownload(created, 'MODEL_VERSION'))?.[0]).toBe(command.exec(example)?.[0])
})

test.each([
  [
    'init containers',
    created.replace('containers:', 'initContainers: []\n      containers:'),
    /init containers/,
  ],
  [
    'several containers',
    plain.replace('      volumes:', '        - name: proxy\n          image: "proxy:1"\n      volumes:'),
    /several containers/,
  ],
  ['no container', 'kind: Deployment\n', /exactly one line "containers:"/],
  [
    'conditional variables',
    plain.replace('          env:', '          {{- if .Values.env }}\n          env:'),
    /env are conditional/,
  ],
  [
    'variables further down in a condition',
    created.replace(
      '          ports:',
      '          {{- if .Values.web }}\n          tty: true\n          env:\n            - name: A\n          {{- end }}\n          ports:',
    ),
    /env are conditional/,
  ],
  [
    'variables of the other case',
    plain.replace(
      '          env:',
      '          {{- if .Values.env }}\n          tty: true\n          {{- else }}\n          env:',
    ),
    /env are conditional/,
  ],
  [
    'a conditional image',
    plain.replace(
      '          image: "app:1"',
      '          {{- if .Values.x }}\n          image: "app:1"\n          {{- end }}',
    ),
    /its image is conditional/,
  ],
  ['the variable of the version', plain.replace('PORT', 'MODEL_VERSION'), /it sets MODEL_VERSION already/],
  [
    'variables from a value',
    plain.replace(/env:\n.*\n.*\n/, 'env: {{ .Values.env }}\n'),
    /env are no plain list/,
  ],
  ['no image', plain.replace('image: "app:1"', 'command: [app]'), /no line with the image/],
  [
    'blocks without indentation',
    plain.replace(
      '          volumeMounts:',
      '{{ toYaml .Values.probes | indent 10 }}\n          volumeMounts:',
    ),
    /without their indentation/,
  ],
])('another layout, %s, is left alone', (_, template, message) => {
  expect(() => addModelDownload(template, 'MODEL_VERSION')).toThrow(OtherLayout)
  expect(() => addModelDownload(template, 'MODEL_VERSION')).toThrow(message)
})

test.each([
  [
    'image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"',
    '{{ .Values.image.repository }}',
  ],
  ['image: registry.example/app:1', 'registry.example/app'],
])('the tag of %s becomes the version', (image, repository) => {
  const changed = setImageTag(plain.replace('image: "app:1"', image))
  expect(changed).toContain(`          image: "${repository}:{{ .Values.model.version }}"\n`)
})

describe('values', () => {
  const keys = ['name', 'version', 'mlflowUri', 'credentialsSecret']

  test('are added at the end', () => {
    const changed = parse(addModelValues('a: 1'))
    expect(Object.keys(changed.model)).toEqual(keys)
    expect(changed.a).toBe(1)
    expect(Object.keys(parse(addModelValues('')).model)).toEqual(keys)
  })

  test('are added to a mapping that is there', () => {
    const changed = parse(addModelValues('model: # mine\n  version: "3"\n  size: 5\nb: 2\n'))
    expect(changed.model).toMatchObject({ version: '3', size: 5, mlflowUri: '' })
    expect(changed.b).toBe(2)
  })

  test('a value with another meaning is left alone', () => {
    expect(() => addModelValues('model: resnet\n')).toThrow(OtherLayout)
  })
})
