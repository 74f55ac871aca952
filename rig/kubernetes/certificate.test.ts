import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { clientCertificate } from './certificate.ts'

describe('a self-signed client certificate', () => {
  const now = new Date('2026-11-21T10:00:00Z')
  const { certificate, key } = clientCertificate('kube-apiserver', now)
  const read = new X509Certificate(certificate)

  test('names its owner', () => {
    expect(read.subject).toBe('CN=kube-apiserver')
    expect(read.issuer).toBe(read.subject)
  })

  test('is signed by the returned key', () => {
    expect(read.verify(read.publicKey)).toBe(true)
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true)
  })

  test('is valid for a year, from an hour ago to tolerate clock skew', () => {
    expect(new Date(read.validFrom)).toEqual(new Date('2026-11-21T09:00:00Z'))
    expect(new Date(read.validTo)).toEqual(new Date('2027-11-21T10:00:00Z'))
  })

  test('has a new key each time', () => {
    expect(clientCertificate('kube-apiserver', now).key).not.toBe(key)
  })
})
