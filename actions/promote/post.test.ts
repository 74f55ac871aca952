import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reachOf } from '../../src/adapters/kubernetes/reach.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { post } from './post.ts'

test('the kubeconfig that a killed main has written is removed', async () => {
  const temp = mkdtempSync(join(tmpdir(), 'promote-'))
  const kubeconfig = 'apiVersion: v1\nkind: Config'
  const inputs = parseInputs(contract, {
    'model-name': 'digits',
    'model-version': '3',
    release: 'digits',
    kubeconfig,
  })
  reachOf(inputs, { env: {}, temp })
  expect(readdirSync(temp)).toHaveLength(1)
  await post({}, inputs, quietContext({ temp }))
  expect(readdirSync(temp)).toEqual([])
})
