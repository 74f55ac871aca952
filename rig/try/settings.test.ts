import { expect, test } from 'vitest'
import { chooseSettings, createMask, listMissing, resolveNames } from './settings.ts'
import type { Requirements } from './workflow-file.ts'

const encode = (text: string) => text.replaceAll('&', '&amp;')

const requirements = (changes: Partial<Requirements>): Requirements => ({
  secrets: new Set(),
  vars: new Set(),
  connections: new Map(),
  namespaces: new Set(),
  labels: new Set(),
  uses: new Set(),
  ...changes,
})

const required = requirements({
  secrets: new Set(['KUBECONFIG', 'PROD_TOKEN', 'SLACK', 'GITHUB_TOKEN']),
  vars: new Set(['MLFLOW', 'REGION']),
  connections: new Map([
    ['MLFLOW', 'tracking-uri'],
    ['PROD_TOKEN', 'tracking-token'],
  ]),
})
const provided = { kubeconfig: 'of the rig', 'tracking-uri': 'http://rig' }

test('values that neither the rig nor the file gives are listed by name', () => {
  expect(listMissing(required, {})).toEqual(['secret SLACK', 'variable REGION'])
  expect(listMissing(required, { slack: '', REGION: 'eu' })).toEqual([])
})

test('the rig provides its connections, and the file overrides them', () => {
  const given = { SLACK: 'hook', REGION: 'eu' }
  expect(chooseSettings(required, given, provided, 'token')).toEqual({
    secrets: { KUBECONFIG: 'of the rig', PROD_TOKEN: '', SLACK: 'hook', GITHUB_TOKEN: 'token' },
    vars: { MLFLOW: 'http://rig', REGION: 'eu' },
  })
  const own = { ...given, KUBECONFIG: 'mine', mlflow: 'http://mine', GITHUB_TOKEN: 'real' }
  expect(chooseSettings(required, own, provided, 'token')).toMatchObject({
    secrets: { KUBECONFIG: 'mine', GITHUB_TOKEN: 'token' },
    vars: { MLFLOW: 'http://mine' },
  })
})

test('a value that the workflow does not read by name is a secret', () => {
  const { secrets, vars } = chooseSettings(required, { OTHER: 'x', REGION: 'eu' }, provided, 'token')
  expect(secrets).toMatchObject({ OTHER: 'x' })
  expect(secrets).not.toHaveProperty('REGION')
  expect(vars).not.toHaveProperty('OTHER')
})

test('names of runners and namespaces can be variables', () => {
  expect(
    resolveNames(['ubuntu-24.04', 'vars.RUNNER', 'vars.NONE'], { RUNNER: '["gpu", "ubuntu-24.04"]' }),
  ).toEqual(['ubuntu-24.04', 'gpu'])
})

test('a secret is masked as a whole, by its lines, and by the strings in it', () => {
  const key = '-----BEGIN KEY-----\nabcdefghijk\nshort\n'
  const kubeconfig = JSON.stringify({ apiVersion: 'v1', users: [{ user: { token: 't0ken-of-rig' } }] })
  const mask = createMask([key, kubeconfig, 'abc', ''], encode)
  expect(mask.text(`x ${key} y`)).toBe('x *** y')
  expect(mask.text('line abcdefghijk, token t0ken-of-rig, v1, short, abc')).toBe(
    'line ***, token ***, v1, short, ***',
  )
  expect(createMask([''], encode).text('text')).toBe('text')
})

test('rendered Markdown is masked with encoded secrets, but keeps its tags', () => {
  const { html } = createMask(['p', 'secret&more'], encode)
  expect(html('<p>secret&more, secret&amp;more</p>')).toBe('<p>***, ***</p>')
})
