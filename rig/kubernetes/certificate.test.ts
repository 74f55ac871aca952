import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { clientCertificate } from './certificate.ts'

describe('a self-signed client certificate', () => {
  const now = new Date('2026-11-21T10:00:00Z')
  const { certificate, key } = clientCertificate('kube-apiserver', now)
  const read = new X509Certificate(certificate)

  test('names its holder', () => {
    expect(read.subject).toBe('CN=kube-apiserver')
    expect(read.issuer).toBe(read.subject)
  })

  test('is signed by, and belongs to, the key that comes with it', () => {
    expect(read.verify(read.publicKey)).toBe(true)
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true)
  })

  test('is valid from an hour ago, for clocks that differ, for a year', () => {
    expect(new Date(read.validFrom)).toEqual(new Date('2026-11-21T09:00:00Z'))
    expect(new Date(read.validTo)).toEqual(new Date('2027-11-21T10:00:00Z'))
  })

  test('is another one each time', () => {
    expect(clientCertificate('kube-apiserver', now).key).not.toBe(key)
  })
})
