import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkoutPath } from '../checkout.ts'
import { checkPins, findWrongPins } from './pins.ts'

const { 'actions/checkout': checkout } = JSON.parse(
  readFileSync(checkoutPath('rig/actions/pins.json'), 'utf8'),
)

test('reports a tag, a wrong commit, a wrong comment and an unknown action, with a hint', () => {
  const complaint = (uses: string) => findWrongPins('a.yml', `    - uses: ${uses}\n`).join('\n')
  expect(complaint('actions/checkout@v7')).toContain(`${checkout.sha} # ${checkout.version}`)
  expect(complaint(`actions/checkout@${'0'.repeat(40)} # ${checkout.version}`)).toContain(checkout.sha)
  expect(complaint(`actions/checkout@${checkout.sha} # v1.0.0`)).toContain(checkout.version)
  expect(complaint('someone/thing@v1')).toContain('no recorded commit')
  expect(complaint(`actions/checkout@${checkout.sha} # ${checkout.version}`)).toBe('')
})

test('all workflows of the suite are pinned', () => expect(checkPins()).toBe(''))
