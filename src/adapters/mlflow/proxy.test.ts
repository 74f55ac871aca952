import { describe, expect, it } from 'vitest'
import { proxyFor } from './proxy.ts'

const proxies = { HTTPS_PROXY: 'http://proxy:3128', HTTP_PROXY: 'plain:8080' }

describe('proxyFor', () => {
  it.each([
    ['https://mlflow.corp.example/ml', {}, 'http://proxy:3128'],
    ['http://mlflow.corp.example', {}, 'http://plain:8080'],
    ['https://mlflow.corp.example', { https_proxy: 'http://small:1' }, 'http://small:1'],
    ['https://mlflow.corp.example', { NO_PROXY: 'other.example, corp.example' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: '.corp.example' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: '*' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: 'MLFLOW.corp.example:443' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: 'mlflow.corp.example:8443' }, 'http://proxy:3128'],
    ['https://notcorp.example', { NO_PROXY: 'corp.example' }, 'http://proxy:3128'],
    ['http://127.0.0.1:5000', {}, undefined],
    ['http://localhost:5000', {}, undefined],
  ])('%s with %j goes through %s', (url, env, expected) => {
    expect(proxyFor(new URL(url), { ...proxies, ...env })).toBe(expected)
  })

  it('is none where none is named', () => {
    expect(proxyFor(new URL('https://mlflow.corp.example'), {})).toBeUndefined()
  })
})
