import { expect, test } from 'vitest'
import { rollbackArguments, templateArguments, upgradeArguments } from './arguments.ts'

const order = {
  release: 'digits',
  chart: 'chart; rm -rf /',
  chartVersion: '1.2.3',
  valuesFiles: ['a.yaml', 'model.json'],
  timeout: 90_500,
}

test('Helm 4 gets --wait=hookOnly, the default of Helm 3', () => {
  const three = upgradeArguments('3', order)
  expect(three).toEqual([
    ...['upgrade', 'digits', 'chart; rm -rf /', '--install', '--reset-values', '--history-max', '30'],
    ...['--timeout', '91s', '--version', '1.2.3', '--values', 'a.yaml', '--values', 'model.json'],
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
  expect(templateArguments(order)).toEqual([
    ...['template', 'digits', 'chart; rm -rf /', '--version', '1.2.3'],
    ...['--values', 'a.yaml', '--values', 'model.json'],
  ])
})
