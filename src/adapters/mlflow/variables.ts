import { addressIn, type MlflowInputs } from './address.ts'

/**
 * MLflow's own variables for a connection, for a script that is to use the same one. Credentials in the address get
 * variables of their own, since MLflow prints the address ("View run ... at ...").
 */
export function mlflowVariables(inputs: MlflowInputs): Record<string, string> {
  const address = addressIn(inputs)
  const variables = {
    MLFLOW_TRACKING_URI: address?.base,
    MLFLOW_TRACKING_USERNAME: address?.username,
    MLFLOW_TRACKING_PASSWORD: address?.password,
    MLFLOW_TRACKING_TOKEN: address?.token,
    MLFLOW_WORKSPACE: address?.workspace,
  }
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value ? [[name, value] as const] : [])),
  )
}
