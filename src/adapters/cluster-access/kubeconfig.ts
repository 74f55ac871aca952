import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../../domain/core/errors.ts'
import { isKubeconfigText, skipsTlsVerification } from '../../domain/core/kubeconfig.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The flags and environment that point helm and kubectl to the same cluster, namespace and user. */
export type ClusterAccess = ReturnType<typeof openClusterAccess>

/** Inputs of the cluster connection, as the contract reads them. */
export interface ClusterInputs {
  namespace: string
  kubeconfig?: string | undefined
  'kube-context'?: string | undefined
}

/** The part of the job that a cluster connection needs. */
export interface JobContext {
  env: Env
  temp: string
  cancelled?: AbortSignal | undefined
  log?: { warning(line: string): void }
}

/**
 * Writes a kubeconfig given as text to a file that only this user can read, in a temporary folder named by its content, so
 * that the post step finds it where main was killed. A path is used unchanged.
 * @throws UserError where the file does not exist, or the text cannot be written
 */
export function openClusterAccess(inputs: ClusterInputs, job: JobContext) {
  const given = inputs.kubeconfig
  const written = kubeconfigPath(given, job.temp)
  if (written) writePrivateFile(written, given ?? '')
  const path = written ?? given
  if (path && !existsSync(path)) throw createMissingFileError(path)
  if (skipsTlsVerification(given ?? ''))
    job.log?.warning(
      'Input kubeconfig: it sets insecure-skip-tls-verify, so its credentials can be intercepted on the network. Use certificate-authority-data instead.',
    )
  const context = inputs['kube-context']
  const common = [...(path ? ['--kubeconfig', path] : []), '--namespace', inputs.namespace]
  return {
    namespace: inputs.namespace,
    helmFlags: [...common, ...(context ? ['--kube-context', context] : [])],
    kubectlFlags: [...common, ...(context ? ['--context', context] : [])],
    env: toolEnvironment(job.env),
    cancelled: job.cancelled,
    /** Deletes the kubeconfig that was written for this job. May be called twice. */
    close: () => removeKubeconfig(inputs, job.temp),
  }
}

/** The file for the text of a kubeconfig; undefined where the input is a path or empty. */
function kubeconfigPath(given: string | undefined, temp: string): string | undefined {
  if (given === undefined || !isKubeconfigText(given)) return undefined
  const digest = createHash('sha256').update(given).digest('hex').slice(0, 16)
  return join(temp, `retrain-actions-${digest}`, 'kubeconfig')
}

/** Deletes the written kubeconfig, whichever process of the job wrote it. */
export function removeKubeconfig(inputs: ClusterInputs, temp: string): void {
  const written = kubeconfigPath(inputs.kubeconfig, temp)
  if (written) rmSync(dirname(written), { recursive: true, force: true })
}

/**
 * helm and kubectl run for a twentieth of a second, a sixth of which is Go's garbage collection. A longer one collects from
 * 256 MiB on; credential plugins inherit this, too.
 */
const GO_RUNTIME_ENV = { GOGC: 'off', GOMEMLIMIT: '256MiB' }

/**
 * The job's environment without inputs (they hold secrets), Helm's own variables for a cluster (kubectl would use another
 * one) and Helm plugins (third-party code).
 */
export function toolEnvironment(env: Env): Env {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(INPUT_|STATE_|HELM_KUBE|HELM_NAMESPACE$|HELM_DEBUG$|HELM_PLUGINS$)/.test(name),
  )
  return { ...GO_RUNTIME_ENV, ...Object.fromEntries(kept), HELM_PLUGINS: '' }
}

/** Does not repeat text that is no path: it may be a credential. */
function createMissingFileError(path: string): UserError {
  if (/^[\w+/=]{100,}$/.test(path))
    return new UserError(
      'Input kubeconfig: it looks like base64. Decode it ("base64 --decode"), or give a path.',
    )
  // Text with colons may be a kubeconfig that lost its line breaks.
  const named = /^[^:{}"']{1,200}$/.test(path)
    ? `there is no file ${JSON.stringify(path)}`
    : 'it is not the path of a file'
  return new UserError(
    `Input kubeconfig: ${named}. Give the path of a kubeconfig, or its text with line breaks (from a secret).`,
  )
}

function writePrivateFile(path: string, text: string): void {
  try {
    // An existing file would keep its mode.
    rmSync(dirname(path), { recursive: true, force: true })
    mkdirSync(dirname(path), { mode: 0o700 })
    writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 })
  } catch (cause) {
    throw new UserError(
      `Input kubeconfig: its text could not be written to ${path}. Check that the folder RUNNER_TEMP exists and is writable.`,
      { cause },
    )
  }
}
