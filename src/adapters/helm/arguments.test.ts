import { expect, test } from 'vitest'
import { rollbackArguments, templateArguments, upgradeArguments } from './arguments.ts'

const order = {
  release: 'digits',
  chart: 'chart; rm -rf /',
  chartVersion: '1.2.3',
  valuesFiles: ['a.yaml', 'model.json'],
  timeout: 90_500,
}

test('Helm 4 is told to wait for hooks only, Helm 3 does so by itself', () => {
  const three = upgradeArguments('3', order)
  expect(three).toEqual([
    ...['upgrade', 'digits', 'chart; rm -rf /', '--install', '--reset-values', '--history-max', '30'],
    ...['--timeout', '91s', '--version', '1.2.3', '--values', 'a.yaml', '--values', 'model.json'],
  ])
  expect(upgradeArguments('4', order).filter((each) => !three.includes(each))).toEqual(['--wait=hookOnly'])
})

test.each(['3', '4'] as const)("Helm %s's own rollback is never asked for", (major) => {
  const all = [...upgradeArguments(major, order), ...rollbackArguments(major, 'digits', 3, 1000)]
  expect(all.join(' ')).not.toMatch(/--atomic|--rollback-on-failure|--wait(?!=hookOnly)|--set/)
})

test('the model comes last, so that nothing wins over it', () => {
  expect(upgradeArguments('4', order).at(-1)).toBe('model.json')
})

test('how many revisions are kept, and whether the chart wins, is for upgrades and rollbacks alike', () => {
  const options = { historyMax: 7, forceConflicts: true }
  for (const args of [
    upgradeArguments('4', order, options),
    rollbackArguments('4', 'digits', 3, 1000, options),
  ]) {
    expect(args.join(' ')).toContain('--history-max 7 ')
    expect(args).toContain('--force-conflicts')
  }
  expect(upgradeArguments('3', order, options)).not.toContain('--force-conflicts')
})

test('rendering without a cluster asks for nothing of it', () => {
  expect(templateArguments(order)).toEqual([
    ...['template', 'digits', 'chart; rm -rf /', '--version', '1.2.3'],
    ...['--values', 'a.yaml', '--values', 'model.json'],
  ])
})
