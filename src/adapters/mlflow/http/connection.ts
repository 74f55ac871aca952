import { readFileSync } from 'node:fs'
import { errorMessage, UserError } from '../../../domain/core/errors.ts'
import type { ServerAddress } from '../../http/dispatcher.ts'
import { resolveProxy } from '../../http/proxy.ts'

/** The inputs of connection group `mlflow`, parsed. */
export interface MlflowInputs {
  'tracking-uri'?: string | undefined
  'tracking-username'?: string | undefined
  'tracking-password'?: string | undefined
  'tracking-token'?: string | undefined
  workspace?: string | undefined
}

/** How to reach one MLflow server. */
export interface MlflowConnection extends ServerAddress {
  headers: Readonly<Record<string, string>>
  /** Aborts every request when the job is cancelled. */
  cancelled?: AbortSignal | undefined
  /** Called for every request; the benchmark counts with it. */
  onRequest?: ((call: string) => void) | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The connection that the inputs describe.
 * @throws UserError without an address, with half of the credentials, or with contradicting or unreadable TLS settings
 */
export function resolveMlflowConnection(
  inputs: MlflowInputs,
  env: Environment,
  cancelled?: AbortSignal,
): MlflowConnection {
  const connection = resolveOptionalMlflowConnection(inputs, env, cancelled)
  if (connection) return connection
  throw new UserError(
    'Input tracking-uri: is required and was not given; write the address of the MLflow server there, or set MLFLOW_TRACKING_URI.',
  )
}

/** As `resolveMlflowConnection`, but undefined without an address. */
export function resolveOptionalMlflowConnection(
  inputs: MlflowInputs,
  env: Environment,
  cancelled?: AbortSignal,
): MlflowConnection | undefined {
  const address = parseAddress(inputs)
  if (!address) return undefined
  const caFile = env.MLFLOW_TRACKING_SERVER_CERT_PATH?.trim() || undefined
  const insecure = /^(true|1)$/i.test(env.MLFLOW_TRACKING_INSECURE_TLS?.trim() ?? '')
  if (caFile && insecure) {
    throw new UserError(
      'MLFLOW_TRACKING_SERVER_CERT_PATH and MLFLOW_TRACKING_INSECURE_TLS are both set and exclude each other: unset the second.',
    )
  }
  const { url, base, workspace } = address
  return {
    base,
    headers: {
      ...authorizationHeader(address),
      ...(workspace ? { 'x-mlflow-workspace': workspace } : {}),
    },
    proxy: resolveProxy(url, env),
    ca: caFile && readCertificateAuthority(caFile),
    insecure,
    cancelled,
  }
}

function readCertificateAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserError(
      `MLFLOW_TRACKING_SERVER_CERT_PATH: ${path} cannot be read (${errorMessage(cause)}); name a PEM file that the job has.`,
      { cause },
    )
  }
}

/** MLflow's own variables, for a script that should use the same server. MLflow prints its address, so credentials move out of it. */
export function buildMlflowEnvironment(inputs: MlflowInputs): Record<string, string | undefined> {
  const address = parseAddress(inputs)
  return {
    MLFLOW_TRACKING_URI: address?.base,
    MLFLOW_TRACKING_USERNAME: address?.username || undefined,
    MLFLOW_TRACKING_PASSWORD: address?.password || undefined,
    MLFLOW_TRACKING_TOKEN: address?.token,
    MLFLOW_WORKSPACE: address?.workspace,
  }
}

type Address = NonNullable<ReturnType<typeof parseAddress>>

/** Undefined without an address. Credentials from inputs win over those in the address. */
function parseAddress(inputs: MlflowInputs) {
  if (!inputs['tracking-uri']) return undefined
  const url = new URL(inputs['tracking-uri'])
  return {
    url,
    base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    /** Empty if unknown, like the password. */
    username: inputs['tracking-username'] ?? decodeURIComponent(url.username),
    password: inputs['tracking-password'] ?? decodeURIComponent(url.password),
    token: inputs['tracking-token'],
    workspace: inputs.workspace,
  }
}

/** The order of MLflow's utils/rest_utils.py: user name and password, else the token. */
function authorizationHeader({ username, password, token }: Address) {
  if (username && password) {
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  }
  if (username && !token)
    throw new UserError(
      'Input tracking-password: is required with a user name (tracking-username, MLFLOW_TRACKING_USERNAME, or in the address) and was not given; give it, or tracking-token instead of both.',
    )
  if (password && !token)
    throw new UserError(
      'Input tracking-username: is required with tracking-password and was not given; give it, or tracking-token instead of both.',
    )
  return token ? { authorization: `Bearer ${token}` } : {}
}
