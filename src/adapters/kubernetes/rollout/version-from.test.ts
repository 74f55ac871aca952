import { describe, expect, test } from 'vitest'
import { pod, podTemplate } from '../client/objects.ts'
import { parseImageTag, parseVersionFrom, readDeclaredVersion, readJsonField } from './version-from.ts'

describe('the version that a pod names', () => {
  const one = pod.parse({
    kind: 'Pod',
    metadata: { name: 'a', labels: { version: '5' }, annotations: { 'ml/version': '6' } },
    spec: {
      initContainers: [{ name: 'fetch', image: 'x', env: [{ name: 'FETCHED', value: '7' }] }],
      containers: [
        { name: 'serve', image: 'host:5000/digits:v8@sha256:abc', env: [{ name: 'TWICE', value: '1' }] },
        { name: 'side', image: 'x', env: [{ name: 'TWICE', value: '2' }, { name: 'SECRET' }] },
      ],
    },
  })
  test.each([
    ['env:FETCHED', '7'],
    ['env:TWICE', undefined],
    ['env:SECRET', undefined],
    ['env:MISSING', undefined],
    ['label:version', '5'],
    ['annotation:ml/version', '6'],
    ['image-tag', '8'],
  ])('%s', (text, version) => {
    const where = parseVersionFrom(text)
    expect(where.from !== 'http' && readDeclaredVersion(one, where)).toBe(version)
  })
  test.each([
    ['v8', '8'],
    ['v8-gpu', 'v8-gpu'],
    ['v1.8', 'v1.8'],
    ['v08', 'v08'],
    ['V8', 'V8'],
    ['fraud-8', 'fraud-8'],
  ])('the tag %s names version %s', (tag, version) => {
    const template = podTemplate.parse({ spec: { containers: [{ name: 'serve', image: `digits:${tag}` }] } })
    expect(readDeclaredVersion(template, { from: 'image-tag' })).toBe(version)
  })
  test('the image of the default container, where a service mesh injects one before it', () => {
    const containers = [
      { name: 'istio-proxy', image: 'istio/proxyv2:1.30.0', env: [] },
      { name: 'serve', image: 'digits:8', env: [] },
    ]
    const annotations = { 'kubectl.kubernetes.io/default-container': 'serve' }
    const template = podTemplate.parse({ metadata: { annotations }, spec: { containers } })
    expect(readDeclaredVersion(template, { from: 'image-tag' })).toBe('8')
    expect(readDeclaredVersion(podTemplate.parse({ spec: { containers } }), { from: 'image-tag' })).toBe(
      '1.30.0',
    )
  })
  test.each([
    ['digits', undefined],
    ['host:5000/digits', undefined],
    ['digits:1@sha256:abc', '1'],
  ])('the tag of %s', (image, tag) => expect(parseImageTag(image)).toBe(tag))
  test('an HTTP path and a field of its response', () => {
    const http = { from: 'http', port: '8080', path: '/health?x=1', field: 'model.version' }
    expect(parseVersionFrom('http:8080/health?x=1#model.version')).toEqual(http)
    expect(readJsonField('{"model":{"version":"007"}}', 'model.version')).toBe('007')
    expect(readJsonField('{"model":{"version":7}}', 'model.version')).toBe('7')
    for (const answer of ['{"model":null}', '{"model":{"version":{}}}', 'no JSON', '[]'])
      expect(readJsonField(answer, 'model.version')).toBeUndefined()
    expect(readJsonField('{}', 'constructor.name')).toBeUndefined()
  })
})
