import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../../domain/failure.ts'
import { isKubeconfigText, trustsAnyone } from '../../domain/kubeconfig.ts'

type Env = Readonly<Record<string, string | undefined>>

/** How helm and kubectl are told which cluster, namespace and user: the same for both. */
export interface Reach {
  namespace: string
  helmFlags: readonly string[]
  kubectlFlags: readonly string[]
  env: Env
  cancelled: AbortSignal | undefined
  /** Removes the kubeconfig that was written for this job. May be called twice. */
  close(): void
}

/** Inputs of the cluster connection, as the contract reads them. */
export interface ClusterInputs {
  namespace: string
  kubeconfig?: string | undefined
  'kube-context'?: string | undefined
}

/** What of the job is needed to reach a cluster. */
export interface Job {
  env: Env
  temp: string
  cancelled?: AbortSignal | undefined
  log?: { warning(line: string): void }
}

/**
 * A kubeconfig given as text is written for this user only, into a folder under the job's temporary one, named by its
 * content: so the post step finds and removes it also where main was killed. A path is used as it is.
 * @throws UserError where there is no such file, or the text cannot be written
 */
export function reachOf(inputs: ClusterInputs, job: Job): Reach {
  const given = inputs.kubeconfig
  const written = kubeconfigFile(given, job.temp)
  if (written) writePrivate(written, given ?? '')
  const path = written ?? given
  if (path && !existsSync(path)) throw notThere(path)
  if (trustsAnyone(given ?? ''))
    job.log?.warning(
      'Input kubeconfig: it says insecure-skip-tls-verify, so whoever stands between this machine and the cluster can read its credentials. Give certificate-authority-data instead.',
    )
  const context = inputs['kube-context']
  const common = [...(path ? ['--kubeconfig', path] : []), '--namespace', inputs.namespace]
  return {
    namespace: inputs.namespace,
    helmFlags: [...common, ...(context ? ['--kube-context', context] : [])],
    kubectlFlags: [...common, ...(context ? ['--context', context] : [])],
    env: toolEnvironment(job.env),
    cancelled: job.cancelled,
    close: () => removeKubeconfig(inputs, job.temp),
  }
}

/** Where the text of a kubeconfig is written; undefined where none, or a path, was given. */
function kubeconfigFile(given: string | undefined, temp: string): string | undefined {
  if (given === undefined || !isKubeconfigText(given)) return undefined
  const digest = createHash('sha256').update(given).digest('hex').slice(0, 16)
  return join(temp, `retrain-actions-${digest}`, 'kubeconfig')
}

/** Removes what was written of a kubeconfig, by whichever process of the job. */
export function removeKubeconfig(inputs: ClusterInputs, temp: string): void {
  const written = kubeconfigFile(inputs.kubeconfig, temp)
  if (written) rmSync(dirname(written), { recursive: true, force: true })
}

/** helm and kubectl live for a twentieth of a second, of which collecting garbage (Go's own) takes a sixth. */
const BRIEF = { GOGC: 'off', GOMEMLIMIT: '256MiB' }

/**
 * The job's environment without what tools have no business with: inputs (they hold secrets), Helm's own ways to name a
 * cluster (kubectl would then ask another one), and Helm's plugins, which are other people's code.
 */
export function toolEnvironment(env: Env): Env {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(INPUT_|STATE_|HELM_KUBE|HELM_NAMESPACE$|HELM_DEBUG$|HELM_PLUGINS$)/.test(name),
  )
  return { ...BRIEF, ...Object.fromEntries(kept), HELM_PLUGINS: '' }
}

/** What is no path may be a credential, and is not repeated. */
function notThere(path: string): UserError {
  if (/^[\w+/=]{100,}$/.test(path))
    return new UserError(
      'Input kubeconfig: looks like base64; give the text of the kubeconfig itself ("base64 --decode"), or a path.',
    )
  // A kubeconfig whose line breaks were lost on the way holds colons, and so does no path that we would name.
  const named = /^[^:{}"']{1,200}$/.test(path)
    ? `there is no file ${JSON.stringify(path)}`
    : 'is not the path of a file'
  return new UserError(
    `Input kubeconfig: ${named}; give the path of a kubeconfig, or its text with its line breaks (from a secret).`,
  )
}

function writePrivate(path: string, text: string): void {
  try {
    // The modes of what exists would stay as they are.
    rmSync(dirname(path), { recursive: true, force: true })
    mkdirSync(dirname(path), { mode: 0o700 })
    writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 })
  } catch (cause) {
    throw new UserError(
      `Input kubeconfig: its text could not be written to ${path} (RUNNER_TEMP); see that this folder exists and may be written to.`,
      { cause },
    )
  }
}
