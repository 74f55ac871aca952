import { oneLine } from '../../domain/core/text.ts'
import { dropLogLines } from './log-lines.ts'

/** In the words of client-go. */
export const PLUGIN_ERROR =
  /getting credentials: |exec plugin|auth plugin has been removed|no Auth Provider found/

/** Steps that provide a plugin, and that log in to what it asks. */
const PLUGINS: readonly (readonly [RegExp, { install: string; login: string }])[] = [
  [
    /^kubelogin$/,
    {
      install: 'azure/use-kubelogin',
      login: 'azure/login, and convert the kubeconfig with "kubelogin convert-kubeconfig -l azurecli"',
    },
  ],
  [
    /^(aws|aws-iam-authenticator)$/,
    { install: 'the AWS CLI', login: 'aws-actions/configure-aws-credentials' },
  ],
  [
    /^(gke-gcloud-auth-plugin|gcloud)$/,
    {
      install: 'google-github-actions/setup-gcloud with install_components: gke-gcloud-auth-plugin',
      login: 'google-github-actions/auth',
    },
  ],
]

/** How to fix an error of the program that gets the credentials of the kubeconfig. */
export function credentialPluginHint(message: string): string {
  const [, missing, failing, started] =
    /exec: executable (\S+) not found|exec: executable (\S+) failed|fork\/exec (\S+): /.exec(message) ?? []
  const path = missing ?? failing ?? started
  if (path === undefined)
    return /decoding stdout/.test(message)
      ? 'The credential plugin of the kubeconfig printed something else than credentials. Run it by hand, with the arguments in the kubeconfig.'
      : 'The kubeconfig gets its credentials in a way that this version of the tools does not support. Create it again with a current tool of the cloud provider, in a step before this one.'
  const name = path.split(/[\\/]/).at(-1) ?? path
  const steps = PLUGINS.find(([pattern]) => pattern.test(name))?.[1]
  if (failing !== undefined)
    return `${name} could not log in. Log in before this step${steps ? `: ${steps.login}` : ''}.`
  const install = `Install ${name} in a step before this one${steps && steps.install !== name ? ` (${steps.install})` : ''}`
  const isPath = path !== name
  return `The kubeconfig gets its credentials from ${name}, which this machine cannot start. ${install}${isPath ? `, and name it in the kubeconfig without ${path.slice(0, -name.length)}` : ''}.`
}

/** The paragraph with the error of helm or kubectl. */
export function findPluginError(message: string): string {
  const lines = message.split('\n')
  const start = lines.findIndex((line) => PLUGIN_ERROR.test(line))
  const [paragraph = message] = lines
    .slice(start)
    .join('\n')
    .split(/\n\s*\n/)
  return paragraph
}

const MAX_LINES = 3

/** What a credential plugin printed itself, before the error of helm or kubectl; empty: nothing. */
export function findPluginOutput(stderr: string): string {
  const lines = dropLogLines(stderr)
    .split('\n')
    .map((line) => line.trim())
  const own = lines.slice(
    0,
    lines.findIndex((line) => PLUGIN_ERROR.test(line)),
  )
  return oneLine([...new Set(own)].filter(Boolean).slice(-MAX_LINES).join(' '), 300)
}
