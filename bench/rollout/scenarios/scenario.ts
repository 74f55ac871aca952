import type { TrialNamespace } from '../trial-namespace.ts'

export type Values = Readonly<Record<string, unknown>>

/** One deployment of version 2 over a version 1 that serves, made for real. */
export interface Scenario {
  name: string
  /** For the table: what happens, in a few words. */
  description: string
  /** What each tool is given as its timeout. */
  timeout: string
  /** Values of the chart for both versions. */
  baseValues?: Values
  /** Values of version 2, over those. */
  newValues?: Values | ((site: TrialNamespace) => Promise<Values>)
  /** After version 1 serves, before version 2 is deployed. */
  prepare?: (site: TrialNamespace) => Promise<unknown>
  /** Beside the deployment of version 2, from its start on. */
  during?: (site: TrialNamespace) => Promise<unknown>
  /** Inputs of helm-deploy that its users would give here. */
  inputs?: Readonly<Record<string, string>>
}

export interface FailureScenario extends Scenario {
  /** Words that name the cause: a line without them explains nothing. */
  causePattern: RegExp
  /** There is no version 1. */
  isFirstInstall?: true
  /** Milliseconds after the first new pod at which the job is cancelled as GitHub's runner does it. */
  cancelAfterMs?: number
  /** What the job does after a deployment that failed: the previous revision by number, as many pipelines do. */
  onFailure?: 'rollback'
}

/** Values that scenarios share. */
export const serveWith = (script: string): Values => ({ serve: script })
export const READY_SCRIPT = 'touch /tmp/ready; echo serving; exec sleep 3600'
