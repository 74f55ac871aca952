/** The inputs of the contracts' connection group `mlflow`, as parsed. */
export interface MlflowInputs {
  'tracking-uri'?: string | undefined
  'tracking-username'?: string | undefined
  'tracking-password'?: string | undefined
  'tracking-token'?: string | undefined
  workspace?: string | undefined
}

/** Where a server is and who asks it. */
export interface Address {
  url: URL
  /** Scheme, host and path prefix, without a trailing slash and without credentials. Safe to show. */
  base: string
  /** Empty where there is none. */
  username: string
  password: string
  token: string | undefined
  workspace: string | undefined
}

/** Takes credentials out of the address, where inputs of their own go first; undefined where no address is given. */
export function addressIn(inputs: MlflowInputs): Address | undefined {
  if (!inputs['tracking-uri']) return undefined
  const url = new URL(inputs['tracking-uri'])
  return {
    url,
    base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    username: inputs['tracking-username'] ?? decodeURIComponent(url.username),
    password: inputs['tracking-password'] ?? decodeURIComponent(url.password),
    token: inputs['tracking-token'],
    workspace: inputs.workspace,
  }
}
