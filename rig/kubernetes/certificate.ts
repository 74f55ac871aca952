import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const der = (tag: number, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content)
  const size = body.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content)

const oid = { commonName: '0603550403', ecdsaWithSha256: '06082a8648ce3d040302' }
const algorithm = sequence(Buffer.from(oid.ecdsaWithSha256, 'hex'))

const name = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(Buffer.from(oid.commonName, 'hex'), der(0x0c, Buffer.from(commonName)))))

const utcTime = (date: Date): Buffer =>
  der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))

const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${content.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`

/**
 * Creates a self-signed client certificate (X.509 version 1, RFC 5280 section 4.1, no extensions) with a new P-256
 * key, valid for a year from an hour ago. The server trusts only this certificate. Node cannot issue certificates, and
 * openssl may be missing.
 */
export const clientCertificate = (
  commonName: string,
  now = new Date(),
): { certificate: string; key: string } => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const serial = randomBytes(16)
  serial[0] = (serial.readUInt8(0) & 0x7f) | 0x40
  const hour = 3_600_000
  const body = sequence(
    der(0x02, serial),
    algorithm,
    name(commonName),
    sequence(utcTime(new Date(now.getTime() - hour)), utcTime(new Date(now.getTime() + 365 * 24 * hour))),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  return {
    certificate: pem('CERTIFICATE', sequence(body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
