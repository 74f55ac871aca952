import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reachOf } from '../../src/adapters/kubernetes/reach.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { post } from './post.ts'

test('the kubeconfig that a killed main has written is removed', async () => {
  const temp = mkdtempSync(join(tmpdir(), 'demote-'))
  const kubeconfig = 'apiVersion: v1\nkind: Config'
  const given = {
    'model-name': 'digits',
    'model-version': '3',
    reason: 'slow',
    release: 'digits',
    kubeconfig,
  }
  const inputs = parseInputs(contract, given)
  reachOf(inputs, { env: {}, temp })
  expect(readdirSync(temp)).toHaveLength(1)
  await post({}, inputs, quietContext({ temp }))
  expect(readdirSync(temp)).toEqual([])
})
