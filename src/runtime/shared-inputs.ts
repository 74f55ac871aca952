import * as z from 'zod'
import { alias, choice, duration, flag, kubernetesName, matchPattern, quote, text } from './fields.ts'

const quoteAddress = ({ input }: { input?: unknown }) => quote(String(input).replace(/\/\/[^/@]*@/, '//'))

const httpUri = (server: string, credentialInputs: string) =>
  z
    .string()
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), {
      error: (issue) =>
        `${quoteAddress(issue)} is not the address of ${server}. Use one that starts with http:// or https://`,
    })
    .refine(hasReadableCredentials, {
      error: (issue) =>
        `${quoteAddress(issue)} has an unescaped % in its user name or password. Write it as %25, or set ${credentialInputs}`,
    })

function hasReadableCredentials(value: string): boolean {
  const { username = '', password = '' } = URL.parse(value) ?? {}
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

const mlflowUri = () => httpUri('an MLflow server', 'tracking-username and tracking-password')

const describeTrackingUri = <T extends z.ZodType>(field: T) =>
  field
    .describe('Address of the MLflow tracking server, with its path prefix if it has one.')
    .meta({ env: 'MLFLOW_TRACKING_URI' })

/** The tracking-uri of actions that work without MLflow too. */
export const optionalTrackingUri = () => describeTrackingUri(mlflowUri().optional())

const prometheusUrl = () => httpUri('a Prometheus server', 'prometheus-token')

const describePrometheusUrl = <T extends z.ZodType>(field: T) =>
  field.describe('Address of Prometheus, or of a server with its API, with the path before `/api/v1`.')

/** The prometheus-url of actions that work without Prometheus too. */
export const optionalPrometheusUrl = () => describePrometheusUrl(prometheusUrl().optional())

const DAY_MS = 86_400_000

/** Groups of connection inputs. A contract names the groups that it needs. */
export const connectionFields = {
  mlflow: {
    'tracking-uri': describeTrackingUri(mlflowUri()),
    'tracking-username': text()
      .optional()
      .describe('User name, for a server with basic authentication.')
      .meta({ env: 'MLFLOW_TRACKING_USERNAME' }),
    'tracking-password': text()
      .optional()
      .describe('Password for `tracking-username`.')
      .meta({ env: 'MLFLOW_TRACKING_PASSWORD', secret: true }),
    'tracking-token': text()
      .optional()
      .describe(
        'Bearer token, for a server behind a proxy that checks tokens. User name and password take precedence.',
      )
      .meta({ env: 'MLFLOW_TRACKING_TOKEN', secret: true }),
    workspace: text()
      .optional()
      .describe('MLflow workspace, if the server supports workspaces.')
      .meta({ env: 'MLFLOW_WORKSPACE' }),
  },
  cluster: {
    release: kubernetesName(53).describe('Name of the Helm release that serves the model.'),
    namespace: kubernetesName().prefault('default').describe('Kubernetes namespace of the release.'),
    kubeconfig: text()
      .optional()
      .describe('kubeconfig as text or path. Default: the kubeconfig that kubectl uses.')
      .meta({ secret: 'kubeconfig' }),
    'kube-context': text().optional().describe('Context of the kubeconfig. Default: its current context.'),
    timeout: duration()
      .refine((milliseconds) => milliseconds >= 1000 && milliseconds <= DAY_MS, {
        error: 'is not a rollout timeout. Set at least 1s and at most 24h',
      })
      .prefault('5m')
      .describe('Timeout of a rollout, and of a rollback.'),
    environment: z
      .string()
      .regex(/^\P{Cc}{1,255}$/u, { error: 'is not a name; use one line of at most 255 characters' })
      .optional()
      .describe(
        'Name of the environment, such as `production`. Set it where several clusters or registries hold the same names: the release is then identified as ENVIRONMENT/NAMESPACE/RELEASE. Left out, as NAMESPACE/RELEASE.',
      ),
  },
  github: {
    'github-token': text()
      .optional()
      .describe("Token for GitHub's API. Default: the token of the job.")
      .meta({ runner: `\${{ github.token }}`, secret: true }),
  },
  prometheus: {
    'prometheus-url': describePrometheusUrl(prometheusUrl()),
    'prometheus-token': text()
      .optional()
      .describe(
        'Bearer token, for a server that checks tokens. It takes precedence over credentials in the address.',
      )
      .meta({ secret: true }),
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

/** Aliases of the live version and of the one before it. */
export const aliasFields = {
  'champion-alias': alias().prefault('champion').describe('Alias of the live version.'),
  'previous-alias': alias().prefault('previous').describe('Alias of the previous champion.'),
}

/** Inputs of the actions that read the live version from the release and its pods. */
export const liveFields = {
  'version-from': matchPattern(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|annotation:\S+|label:\S+|image-tag|http:[0-9]{1,5}\/[^#\s]*#\S+)$/,
    'a source of the version. Write env:NAME, annotation:KEY, label:KEY, image-tag or http:PORT/PATH#FIELD',
  )
    .prefault('env:MODEL_VERSION')
    .describe(
      'Where a pod exposes the model version that it serves: `env:NAME` (of any container, init containers included), `annotation:KEY`, `label:KEY`, `image-tag`, or `http:PORT/PATH#FIELD`, which requests the loaded version from the pod.',
    ),
  workload: matchPattern(
    /^(deployment|statefulset|daemonset)\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/i,
    'a Deployment, StatefulSet or DaemonSet, the workloads that this suite can watch. Write kind/name, such as deployment/fraud',
  )
    .optional()
    .describe('Workload that serves the model, as kind/name, if the release has several.'),
} as const

/** Shared by the actions that change a release with Helm. */
export const helmFields = {
  'history-max': matchPattern(
    /^([5-9]|[1-9][0-9]{1,3})$/,
    'a number of revisions to keep. Set 5 or more, since a failed upgrade uses two',
  )
    .prefault('30')
    .transform(Number)
    .describe('Revisions of the release that Helm keeps, at least 5.'),
  'force-conflicts': flag()
    .prefault('false')
    .describe(
      'Overwrite fields that another manager owns, such as `.spec.replicas` of an autoscaler (Helm 4; Helm 3 always overwrites).',
    ),
  'evidence-logs': choice(['full', 'redacted', 'off'])
    .prefault('redacted')
    .describe(
      "The pods' last log lines in the evidence: unchanged (`full`), with secrets masked (`redacted`), or none (`off`).",
    ),
} as const

/** The training script, and where it runs. */
export const trainingFields = {
  run: text().describe('Script, as in `run:` of a workflow step.'),
  shell: matchPattern(
    /^(bash|sh|python)$|\{0\}/,
    'bash, sh or python, nor a command with {0} for the script file',
  )
    .prefault('bash')
    .describe(
      'Shell of the script: `bash`, `sh` or `python`, called as GitHub calls them, or a command such as `bash -el {0}`.',
    ),
  'working-directory': text()
    .prefault('.')
    .describe('Working directory of the script, relative to the workspace.'),
  'experiment-name': text()
    .optional()
    .describe(
      'MLflow experiment of the run, created if it does not exist. Defaults to the choice of the script or MLflow.',
    ),
} as const
