import type { TrialNamespace } from '../trial-namespace.ts'

export type Values = Readonly<Record<string, unknown>>

/** A real deployment of version 2 while version 1 serves. */
export interface Scenario {
  name: string
  /** A short description for the table. */
  description: string
  /** The timeout of each tool. */
  timeout: string
  /** Values of the chart for both versions. */
  baseValues?: Values
  /** Runs before version 1 is installed. */
  setUp?: (cluster: TrialNamespace) => Promise<unknown>
  /** Runs after the trial, for what is not in its namespace. */
  cleanUp?: (cluster: TrialNamespace) => Promise<unknown>
  /** Values of version 2, which override those. */
  newValues?: Values | ((cluster: TrialNamespace) => Promise<Values>)
  /** Runs before the deployment of version 2, while version 1 serves. */
  prepare?: (cluster: TrialNamespace) => Promise<unknown>
  /** Runs during the deployment of version 2. */
  during?: (cluster: TrialNamespace) => Promise<unknown>
  /** Inputs of helm-deploy that a user would set in this scenario. */
  inputs?: Readonly<Record<string, string>>
}

export interface FailureScenario extends Scenario {
  /** Matches output lines that name the cause. */
  causePattern: RegExp
  /** Version 1 does not exist. */
  isFirstInstall?: true
  /** Milliseconds after the first new pod at which the job is cancelled, as GitHub's runner does. */
  cancelAfterMs?: number
  /** After a failed deployment, the job rolls back to the previous revision by number, as many pipelines do. */
  onFailure?: 'rollback'
}

/** Values for several scenarios. */
export const serveWith = (script: string): Values => ({ serve: script })
export const READY_SCRIPT = 'touch /tmp/ready; echo serving; exec sleep 3600'
