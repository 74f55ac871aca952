import { describe, expect, test } from 'vitest'
import { rollbackArguments, templateArguments, upgradeArguments } from './arguments.ts'

const order = {
  release: 'digits',
  chart: 'chart; rm -rf /',
  valuesFiles: ['a.yaml', 'model.json'],
  timeout: 90_500,
}

test('Helm 4 gets --wait=hookOnly, the default of Helm 3', () => {
  const three = upgradeArguments('3', order)
  expect(three).toEqual([
    ...['upgrade', 'digits', 'chart; rm -rf /', '--install', '--reset-values', '--history-max', '30'],
    ...['--timeout', '91s', '--values', 'a.yaml', '--values', 'model.json'],
  ])
  expect(upgradeArguments('4', order).filter((each) => !three.includes(each))).toEqual(['--wait=hookOnly'])
})

test.each(['3', '4'] as const)('Helm %s never gets --atomic, --wait or --set', (major) => {
  const all = [...upgradeArguments(major, order), ...rollbackArguments(major, 'digits', 3, 1000)]
  expect(all.join(' ')).not.toMatch(/--atomic|--rollback-on-failure|--wait(?!=hookOnly)|--set/)
})

test('the values file of the model comes last, so that it overrides the others', () => {
  expect(upgradeArguments('4', order).at(-1)).toBe('model.json')
})

test('history-max and force-conflicts apply to upgrades and rollbacks', () => {
  const inputs = { 'history-max': 7, 'force-conflicts': true }
  for (const args of [
    upgradeArguments('4', order, inputs),
    rollbackArguments('4', 'digits', 3, 1000, inputs),
  ]) {
    expect(args.join(' ')).toContain('--history-max 7 ')
    expect(args).toContain('--force-conflicts')
  }
  expect(upgradeArguments('3', order, inputs)).not.toContain('--force-conflicts')
})

test('helm template gets no flags of the cluster', () => {
  expect(templateArguments('4', order)).toEqual([
    ...['template', 'digits', 'chart; rm -rf /', '--values', 'a.yaml', '--values', 'model.json'],
  ])
})

describe('what changes the rendered objects reaches every call that renders, and no rollback', () => {
  const postRenderer = { program: '/work/post render.sh', plugin: 'post-renderer', pluginsFolder: '/tmp/p' }
  const request = { ...order, skipCrds: true, postRenderer, labels: { a: '1', b: '2' } }
  test.each([
    ['3', '/work/post render.sh'],
    ['4', 'post-renderer'],
  ] as const)('Helm %s', (major, renderer) => {
    for (const args of [upgradeArguments(major, request), templateArguments(major, request)]) {
      expect(args).toContain('--skip-crds')
      expect(args[args.indexOf('--post-renderer') + 1]).toBe(renderer)
    }
    const upgrade = upgradeArguments(major, request)
    expect(upgrade[upgrade.indexOf('--labels') + 1]).toBe('a=1,b=2')
    expect(templateArguments(major, request)).not.toContain('--labels')
  })
  test('without these inputs there are no such flags', () => {
    const all = [...upgradeArguments('4', order), ...templateArguments('3', order)].join(' ')
    expect(all).not.toMatch(/--skip-crds|--post-renderer|--labels/)
  })
})
