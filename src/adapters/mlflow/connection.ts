import { UserError } from '../../domain/failure.ts'
import { type Address, addressIn, type MlflowInputs } from './address.ts'
import { proxyFor } from './proxy.ts'

/** How to reach one MLflow server. Made once from inputs and MLflow's own variables. */
export interface MlflowConnection {
  /** Scheme, host and path prefix, without a trailing slash and without credentials. Safe to show. */
  base: string
  headers: Readonly<Record<string, string>>
  /** Proxy on the way to it. */
  proxy?: string | undefined
  /** File with the certificate authority that signed the server's certificate. */
  caFile?: string | undefined
  /** The user said that the certificate need not be checked. */
  insecure: boolean
  /** Aborts every request when the job is cancelled. */
  cancelled?: AbortSignal | undefined
  /** Told of every request that is sent; the benchmark counts with it. */
  onRequest?: ((call: string) => void) | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The connection that the inputs describe.
 * @throws UserError where there is no address, half of the credentials, or two TLS settings that disagree
 */
export function mlflowConnection(
  inputs: MlflowInputs,
  env: Environment,
  cancelled?: AbortSignal,
): MlflowConnection {
  const connection = optionalMlflowConnection(inputs, env, cancelled)
  if (connection) return connection
  throw new UserError(
    'Input tracking-uri: is required and was not given; write the address of the MLflow server there, or set MLFLOW_TRACKING_URI.',
  )
}

/** The same for actions that can do without MLflow: undefined where no address is given. */
export function optionalMlflowConnection(
  inputs: MlflowInputs,
  env: Environment,
  cancelled?: AbortSignal,
): MlflowConnection | undefined {
  const address = addressIn(inputs)
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
      // fetch refuses an address with credentials in it, so they travel as a header like any others.
      ...authorization(address),
      ...(workspace ? { 'x-mlflow-workspace': workspace } : {}),
    },
    proxy: proxyFor(url, env),
    caFile,
    insecure,
    cancelled,
  }
}

/** MLflow's own order (utils/rest_utils.py): user name and password, else the token. */
function authorization({ username, password, token }: Address) {
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
