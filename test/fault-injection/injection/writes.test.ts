import { describe, expect, it } from 'vitest'
import { describeCall, isRead } from './writes.ts'

const names = { release: 'c12ab34cd', model: 'fault-injection-c12ab34cd' }
const body = (value: unknown) => Buffer.from(JSON.stringify(value))
const secrets = '/api/v1/namespaces/deploy-1/secrets'

describe('describeCall does not depend on the run', () => {
  it.each([
    [
      'mlflow',
      'POST',
      '/api/2.0/mlflow/model-versions/set-tag',
      { name: names.model, version: '2', key: 'retrain.proof', value: 'x' },
      'POST model-versions/set-tag retrain.proof',
    ],
    [
      'mlflow',
      'POST',
      '/api/2.0/mlflow/registered-models/alias',
      { name: names.model, alias: 'champion', version: '2' },
      'POST registered-models/alias champion',
    ],
    [
      'mlflow',
      'PUT',
      `/api/2.0/mlflow-artifacts/artifacts/17/${'a1'.repeat(16)}/artifacts/retrain/gate-report.json`,
      {},
      'PUT ID/artifacts/retrain/gate-report.json',
    ],
    [
      'kubernetes',
      'PATCH',
      `/apis/apps/v1/namespaces/deploy-1/deployments/${names.release}?fieldManager=helm&force=false`,
      {},
      'PATCH deployments/R',
    ],
    [
      'kubernetes',
      'POST',
      secrets,
      {
        metadata: {
          name: `sh.helm.release.v1.${names.release}.v2`,
          labels: { status: 'pending-upgrade' },
        },
      },
      'POST secrets/sh.helm.release.v1.R.v2 pending-upgrade',
    ],
    [
      'kubernetes',
      'PATCH',
      `/api/v1/namespaces/deploy-1/configmaps/retrain-actions.${names.release}`,
      { data: { 'revision.2': '{}', lease: null } },
      'PATCH configmaps/retrain-actions.R -lease,revision.2',
    ],
    [
      'kubernetes',
      'PATCH',
      `/api/v1/namespaces/deploy-1/configmaps/retrain-actions.${names.release}?fieldManager=kubectl`,
      [
        { op: 'test', path: '/metadata/resourceVersion', value: '7' },
        { op: 'add', path: '/data/revision.3', value: '{}' },
        { op: 'remove', path: '/data/lease' },
      ],
      'PATCH configmaps/retrain-actions.R -lease,revision.3',
    ],
    [
      'kubernetes',
      'POST',
      '/api/v1/namespaces/deploy-1/pods?fieldManager=kubectl',
      { metadata: { name: `${names.release}-smoke-test-2-bcdfg` } },
      'POST pods/R-smoke-test-2-ID',
    ],
  ] as const)('%s %s %s', (system, method, url, content, name) => {
    expect(describeCall(system, { method, url, body: body(content) }, names)).toBe(name)
  })

  it('reads the status of a revision from protobuf', () => {
    const protobuf = Buffer.from('k8s\0\n\x0estatus\x12\x0asuperseded\xff', 'latin1')
    const url = `${secrets}/sh.helm.release.v1.${names.release}.v1`
    expect(describeCall('kubernetes', { method: 'PUT', url, body: protobuf }, names)).toBe(
      'PUT secrets/sh.helm.release.v1.R.v1 superseded',
    )
  })
})

describe('isRead is true for', () => {
  it.each([
    ['mlflow', 'GET', '/api/2.0/mlflow/registered-models/get'],
    ['mlflow', 'POST', '/api/2.0/mlflow/runs/search'],
    ['kubernetes', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'],
    ['kubernetes', 'PATCH', '/apis/apps/v1/namespaces/d/deployments/x?dryRun=All&force=true'],
  ] as const)('%s %s %s', (system, method, url) => {
    expect(isRead(system, { method, url })).toBe(true)
  })
  it('and false for a write', () => {
    expect(isRead('kubernetes', { method: 'DELETE', url: secrets })).toBe(false)
    expect(isRead('mlflow', { method: 'POST', url: '/api/2.0/mlflow/runs/set-tag' })).toBe(false)
  })
})
