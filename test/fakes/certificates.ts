import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RequestHandler, servers } from './mlflow-server.ts'

/** A self-signed certificate and its key, as text, and as a file that clients can trust. */
export interface Certificate {
  key: string
  cert: string
  file: string
}

const CA_CONFIG = `
[ca]
default_ca = self
[self]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = `

/** @param names such as `DNS:localhost`; @param dates of the form YYYYMMDDhhmmssZ */
export function makeCertificate(
  names = 'DNS:localhost,IP:127.0.0.1',
  { from = '20200101000000Z', until = '20490101000000Z' } = {},
): Certificate {
  const cwd = mkdtempSync(join(tmpdir(), 'tls-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd, stdio: 'pipe' })
  writeFileSync(join(cwd, 'index.txt'), '')
  writeFileSync(join(cwd, 'ca.cnf'), `${CA_CONFIG}${names}\n`)
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test', '-keyout', 'key.pem', '-out', 'csr')
  const dates = ['-startdate', from, '-enddate', until]
  openssl(
    'ca',
    '-config',
    'ca.cnf',
    '-batch',
    '-selfsign',
    '-keyfile',
    'key.pem',
    '-in',
    'csr',
    '-notext',
    '-out',
    'cert.pem',
    ...dates,
  )
  const file = join(cwd, 'cert.pem')
  return { key: readFileSync(join(cwd, 'key.pem'), 'utf8'), cert: readFileSync(file, 'utf8'), file }
}

/** Starts an HTTPS server on localhost. It is closed after the test. @returns its port */
export async function startTlsServer(
  { key, cert }: Certificate,
  handler: RequestHandler,
  options: ServerOptions = {},
): Promise<number> {
  const server = createServer({ key, cert, ...options }, (request, response) =>
    handler(request, response, ''),
  )
  servers.push(server.listen(0, '127.0.0.1'))
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}
