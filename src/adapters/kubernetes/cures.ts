import { cureOf, missingRight } from './forbidden.ts'

const UNREACHED =
  /connection refused|The connection to the server \S+ was refused|no such host|no route to host|i\/o timeout|handshake timeout|network is unreachable/

/** What the API server, or the way to it, says; and what to do then. */
const CURES: readonly (readonly [said: RegExp, cure: string])[] = [
  [
    /"sh\.helm\.release\.[^"]*" is forbidden: exceeded quota/,
    'The quota of the namespace is used up, and Helm needs one Secret for each revision that it keeps: keep fewer with the input history-max, or let an administrator raise the quota.',
  ],
  [
    /"sh\.helm\.release\.[^"]*" is invalid: data: Too long|Request entity too large/,
    'The release, which is the chart with its values, is larger than the 1 MiB that Kubernetes can keep: name large files of the chart folder in its .helmignore, and keep long texts out of values.',
  ],
  [
    /field is immutable/,
    'Kubernetes lets nobody change that field: give the object another name in the chart, or delete it by hand, and run this again.',
  ],
  [
    /attempting to grant RBAC permissions not currently held/,
    "The chart gives away rights that the kubeconfig's user does not have: let an administrator install its Roles and RoleBindings, or give the user the rights that they name.",
  ],
  [
    /admission webhook "/,
    'A policy of the cluster refuses an object of the chart: mend the chart as it says, or ask those who run the cluster.',
  ],
  [
    /asked for the client to provide credentials|\(Unauthorized\)|\bUnauthorized\b/,
    "The cluster does not take the kubeconfig's credentials: they may have ended, or be another cluster's. Make a new kubeconfig.",
  ],
  [
    /x509: /,
    "The cluster's certificate is not one that the kubeconfig trusts: take certificate-authority-data from the cluster as it is now.",
  ],
  [
    UNREACHED,
    'This machine does not reach the cluster: see its address in the kubeconfig, and whether a firewall, a VPN or a proxy (HTTPS_PROXY, NO_PROXY) is in between; where the cluster was only restarting, run this again.',
  ],
]

/** What to do about what Helm or kubectl said; undefined where it is nothing that we know. */
export function cureFor(said: string): string | undefined {
  const right = missingRight(said)
  if (right) return cureOf(right)
  return CURES.find(([pattern]) => pattern.test(said))?.[1]
}
