import type { ApiServer } from '../../src/adapters/kubernetes/api-server.ts'
import { addressIn } from '../../src/adapters/mlflow/address.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { Plain } from './report.ts'

/** Which registry and which cluster a model and its release are in. */
export interface Place {
  /**
   * What tells it from others with the same names, as staging from production. Only for a hash: an address may hold a
   * token in its path, and the name of a context a user or the number of an account.
   */
  identity: readonly string[]
  /** Makes text plain for all to read: without the addresses, which errors repeat. */
  hidden(text: Plain): Plain
}

/** However the same place is reached: by a tunnel with another port each time, with `kube-context` or without. */
export function placeOf(inputs: Inputs<typeof contract>, { address, context }: ApiServer): Place {
  const registry = addressIn(inputs)?.base ?? ''
  const nameless = address === '' || isOwn(address)
  return {
    identity: [
      steady(registry),
      inputs.workspace ?? '',
      steady(address),
      // Several clusters may be behind ports of this machine: there the name is all that lasts.
      nameless ? context : '',
    ],
    hidden: (text) => (words, longest) => text(without(words, [registry, address]), longest),
  }
}

/** An address without its port where that is one of this machine, which a tunnel chooses anew each time. */
function steady(address: string): string {
  if (address === '' || !isOwn(address)) return address
  const url = new URL(address)
  url.port = ''
  return url.href
}

/** Whether it leads to a port of this machine; 0.0.0.0 is what k3d writes for it. */
function isOwn(address: string): boolean {
  return /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(new URL(address).hostname)
}

function without(words: string, addresses: readonly string[]): string {
  return addresses
    .filter((address) => address !== '')
    .sort((one, other) => other.length - one.length)
    .reduce((rest, address) => rest.replaceAll(address, '(address)'), words)
}
