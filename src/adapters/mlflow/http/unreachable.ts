import { diagnoseConnectionFailure } from '../../http/connection-failure.ts'
import { describeConnectionFailure } from '../../http/connection-hint.ts'
import type { ServerAddress } from '../../http/dispatcher.ts'
import { MlflowFault, Unreachable } from './faults.ts'

const SETTINGS = { address: 'tracking-uri', authority: 'MLFLOW_TRACKING_SERVER_CERT_PATH' }

/** The fault for a request without a response. Only `Unreachable` is worth another attempt: a certificate stays as it is. */
export function createUnreachable(call: string, server: ServerAddress, cause: unknown): MlflowFault {
  const { reason, detail } = diagnoseConnectionFailure(cause)
  const details = { call, detail, hint: describeConnectionFailure(reason, server, SETTINGS), cause }
  if (reason === 'unreachable' || reason === 'interrupted')
    return new Unreachable(details, reason === 'interrupted')
  return new MlflowFault(details)
}
