import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { clientCertificate } from './certificate.ts'
import { home, kubeconfig, nodeName } from './paths.ts'

const folder = join(home, 'credentials')

/** Files with credentials. Only the owner can read them. */
export const credentials = {
  folder,
  /** The API server writes its self-signed certificate here. Clients trust only this certificate. */
  serverCertificate: join(folder, 'apiserver.crt'),
  tokens: join(folder, 'tokens.csv'),
  serviceAccountKey: join(folder, 'service-account.key'),
  kubeletClientCertificate: join(folder, 'kubelet-client.crt'),
  kubeletClientKey: join(folder, 'kubelet-client.key'),
  controllerManager: join(folder, 'controller-manager.kubeconfig'),
  scheduler: join(folder, 'scheduler.kubeconfig'),
  kubelet: join(folder, 'kubelet.kubeconfig'),
}

/** Renders a kubeconfig, as JSON, for one user. It refers to the file with the server's certificate. */
export const kubeconfigText = (server: string, certificate: string, token: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'rig', cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name: 'rig', user: { token } }],
    contexts: [{ name: 'rig', context: { cluster: 'rig', user: 'rig', namespace: 'default' } }],
    'current-context': 'rig',
  })

/** Renders lines of the API server's token file: token, user, user id, groups. */
export const tokenLines = (users: { token: string; user: string; groups: string }[]): string =>
  users.map(({ token, user, groups }) => `${token},${user},${user},"${groups}"\n`).join('')

/** Writes new credentials for a new cluster, whose API server listens on `port`. */
export const writeCredentials = async (port: number): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const writeSecret = (path: string, text: string) => writeFile(path, text, { mode: 0o600 })
  const users = [
    { file: kubeconfig, user: 'rig-admin', groups: 'system:masters' },
    { file: credentials.controllerManager, user: 'system:kube-controller-manager', groups: 'system:masters' },
    { file: credentials.scheduler, user: 'system:kube-scheduler', groups: 'system:authenticated' },
    { file: credentials.kubelet, user: `system:node:${nodeName}`, groups: 'system:nodes' },
  ].map((user) => ({ ...user, token: randomBytes(24).toString('hex') }))
  await writeSecret(credentials.tokens, tokenLines(users))
  for (const { file, token } of users) {
    await writeSecret(file, kubeconfigText(`https://127.0.0.1:${port}`, credentials.serverCertificate, token))
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeSecret(
    credentials.serviceAccountKey,
    privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const { certificate, key } = clientCertificate('kube-apiserver')
  await writeSecret(credentials.kubeletClientCertificate, certificate)
  await writeSecret(credentials.kubeletClientKey, key)
}
