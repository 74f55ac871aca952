import { isLoopbackAddress } from '../../../src/domain/preflight/pod-address.ts'
import type { Repository } from '../repository.ts'

/** An address of MLflow, and the file that names it. */
export interface TrackingAddress {
  uri: string
  path: string
  /** Why a job of GitHub cannot use it; undefined if nothing speaks against it. */
  problem: string | undefined
}

const PLACES: readonly RegExp[] = [
  /^\.github\/workflows\/[^/]+\.ya?ml$/,
  /(^|\/)\.env[^/]*$/,
  /\.py$/,
  /(^|\/)(docker-)?compose[^/]*\.ya?ml$/,
]

const ADDRESSES: readonly RegExp[] = [
  /\bMLFLOW_TRACKING_URI\b["']?\s*\]?\s*[:=,]\s*["']?(https?:\/\/[^\s"'#,)]+)/g,
  /\bset_tracking_uri\(\s*(?:uri\s*=\s*)?["'](https?:\/\/[^"']+)["']/g,
]

/** Finds the addresses of MLflow in workflows, .env files, scripts and compose files; the usable ones first. */
export function findTrackingAddresses({ files }: Repository): TrackingAddress[] {
  const found = PLACES.flatMap((place) =>
    [...files]
      .filter(([path]) => place.test(path))
      .flatMap(([path, text]) =>
        ADDRESSES.flatMap((pattern) => [...text.matchAll(pattern)].map(([, uri = '']) => ({ uri, path }))),
      ),
  )
  const addresses = found
    .map(({ uri, path }) => ({ uri: cleanAddress(uri), path }))
    .filter(({ uri }) => uri !== undefined)
    .map(({ uri = '', path }) => ({ uri, path, problem: findProblem(uri) }))
  const distinct = addresses.filter(
    ({ uri }, index) => addresses.findIndex((one) => one.uri === uri) === index,
  )
  return [
    ...distinct.filter(({ problem }) => problem === undefined),
    ...distinct.filter(({ problem }) => problem !== undefined),
  ]
}

/** The address without user name and password; undefined for one with letters that a command line could interpret. */
export function cleanAddress(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  const plain = `${url.protocol}//${url.host}${url.pathname}`.replace(/\/$/, '')
  return /^https?:\/\/[\w.:[\]-]+(\/[\w./~-]*)?$/.test(plain) ? plain : undefined
}

function findProblem(uri: string): string | undefined {
  const host = URL.parse(uri)?.hostname ?? ''
  if (isLoopbackAddress(uri)) return 'only this machine reaches it'
  return host.includes('.') || host.startsWith('[')
    ? undefined
    : `only a network that knows the name ${host} reaches it`
}
