import * as z from 'zod'
import { duration, flag, kubernetesName, shown, text } from './fields.ts'

const httpUri = () =>
  z
    .string()
    .refine(isHttp, {
      error: (issue) =>
        `${shown(withoutCredentials(String(issue.input)))} is not the address of an MLflow server; give one that starts with http:// or https://`,
    })
    .refine(hasReadableCredentials, {
      error: (issue) =>
        `${shown(withoutCredentials(String(issue.input)))} has a stray % in its user name or password; write it as %25, or give them as tracking-username and tracking-password`,
    })

function withoutCredentials(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//')
}

function isHttp(value: string): boolean {
  return /^https?:$/.test(URL.parse(value)?.protocol ?? '')
}

/** Credentials in an address are percent-encoded. */
function hasReadableCredentials(value: string): boolean {
  const { username = '', password = '' } = URL.parse(value) ?? {}
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

const trackingUri = () =>
  httpUri()
    .describe('Address of the MLflow tracking server, with its path prefix if it has one.')
    .meta({ env: 'MLFLOW_TRACKING_URI' })

/** The same for actions that can do a part of their work without MLflow. */
export const optionalTrackingUri = () =>
  trackingUri()
    .optional()
    .describe(trackingUri().description ?? '')
    .meta({ env: 'MLFLOW_TRACKING_URI' })

const DAY = 86_400_000

/** The groups of inputs by which an action reaches an outside system. A contract names the groups that it needs. */
export const connectionFields = {
  mlflow: {
    'tracking-uri': trackingUri(),
    'tracking-username': text()
      .optional()
      .describe('User name, for a server with basic authentication.')
      .meta({ env: 'MLFLOW_TRACKING_USERNAME' }),
    'tracking-password': text()
      .optional()
      .describe('Password that goes with `tracking-username`.')
      .meta({ env: 'MLFLOW_TRACKING_PASSWORD', secret: true }),
    'tracking-token': text()
      .optional()
      .describe(
        'Bearer token, for a server behind a token-checking proxy. A user name and password go first.',
      )
      .meta({ env: 'MLFLOW_TRACKING_TOKEN', secret: true }),
    workspace: text()
      .optional()
      .describe('MLflow workspace, on a server that has them.')
      .meta({ env: 'MLFLOW_WORKSPACE' }),
  },
  cluster: {
    release: kubernetesName(53).describe('Name of the Helm release that serves the model.'),
    namespace: kubernetesName().prefault('default').describe('Kubernetes namespace of the release.'),
    kubeconfig: text()
      .optional()
      .describe('kubeconfig, as text or as a path. Left out, what kubectl would use.')
      .meta({ secret: 'kubeconfig' }),
    'kube-context': text()
      .optional()
      .describe("Context of the kubeconfig. Left out, the kubeconfig's current one."),
    timeout: duration()
      // Node's timers know no more than 24 days, and a release that is held for a day is held for nothing.
      .refine((milliseconds) => milliseconds >= 1000 && milliseconds <= DAY, {
        error: 'is not a time that a rollout may take; give at least 1s and at most 24h',
      })
      .prefault('5m')
      .describe('How long a rollout, and again a rollback, may take.'),
  },
  github: {
    'github-token': text()
      .optional()
      .describe("Token for GitHub's API. Left out, the job's own.")
      .meta({ runner: `\${{ github.token }}`, secret: true }),
  },
} as const

export type ConnectionName = keyof typeof connectionFields
type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void
  ? I
  : never
/** The inputs that a list of connection groups adds. */
export type ConnectionFields<C extends readonly ConnectionName[]> = C extends readonly []
  ? Record<never, never>
  : UnionToIntersection<{ [K in C[number]]: (typeof connectionFields)[K] }[C[number]]>

/** Where release and pods are read from, shared by the actions that prove what is live. */
export const liveFields = {
  'version-from': z
    .string()
    .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|annotation:\S+|label:\S+|image-tag|http:[0-9]{1,5}\/[^#\s]*#\S+)$/, {
      error: (issue) =>
        `${shown(String(issue.input))} is not a place to read a version from; write env:NAME, annotation:KEY, label:KEY, image-tag or http:PORT/PATH#FIELD`,
    })
    .prefault('env:MODEL_VERSION')
    .describe(
      'Where a pod says which model version it serves: `env:NAME` (of any container, init ones too), `annotation:KEY`, `label:KEY`, `image-tag`, or `http:PORT/PATH#FIELD`, which asks the pod what it really loaded.',
    ),
  workload: z
    .string()
    .regex(/^(deployment|statefulset|daemonset)\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/i, {
      error: (issue) =>
        `${shown(String(issue.input))} is not a workload; write kind/name, such as deployment/fraud`,
    })
    .optional()
    .describe('The workload that serves the model, as kind/name, where the release has several.'),
} as const

/** How Helm is to write, shared by the actions that let it. */
export const helmFields = {
  'history-max': z
    .string()
    .regex(/^([5-9]|[1-9][0-9]{1,3})$/, {
      error: (issue) =>
        `${shown(String(issue.input))} is not a number of revisions to keep; write 5 or more, since what fails takes two each time`,
    })
    .prefault('30')
    .transform(Number)
    .describe('Revisions that Helm keeps of the release, at least 5.'),
  'force-conflicts': flag()
    .prefault('false')
    .describe(
      'Let the chart win over fields that others have set, such as an autoscaler of `.spec.replicas` (Helm 4; Helm 3 always does).',
    ),
} as const
