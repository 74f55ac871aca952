import type { Site } from './site.ts'

export type Values = Readonly<Record<string, unknown>>

/** One deployment of version 2 over a version 1 that serves, made for real. */
export interface Scenario {
  name: string
  /** For the table: what happens, in a few words. */
  what: string
  /** What each tool is given as its timeout. */
  timeout: string
  /** Values of the chart for both versions. */
  usual?: Values
  /** Values of version 2, over those. */
  changed?: Values | ((site: Site) => Promise<Values>)
  /** After version 1 serves, before version 2 is deployed. */
  prepare?: (site: Site) => Promise<unknown>
  /** Beside the deployment of version 2, from its start on. */
  meanwhile?: (site: Site) => Promise<unknown>
  /** Inputs of helm-deploy that its users would give here. */
  inputs?: Readonly<Record<string, string>>
}

export interface Failure extends Scenario {
  /** Words that name the cause: a line without them explains nothing. */
  cause: RegExp
  /** There is no version 1. */
  first?: true
  /** Milliseconds after the first new pod at which the job is cancelled as GitHub's runner does it. */
  cancelled?: number
  /** What the job does after a deployment that failed: the previous revision by number, as many pipelines do. */
  afterwards?: 'rollback'
}

/** Values that scenarios share. */
export const serves = (script: string): Values => ({ serve: script })
export const ready = 'touch /tmp/ready; echo serving; exec sleep 3600'
