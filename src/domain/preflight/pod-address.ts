/** Whether an address means the machine, or the pod, that uses it. */
export function isLoopbackAddress(uri: string): boolean {
  const host = URL.parse(uri)?.hostname ?? ''
  return /^(localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(host)
}

/**
 * Why pods cannot reach MLflow at an address; undefined where nothing speaks against it.
 * @param manifest what the chart renders with this address
 */
export function findPodAddressProblem(uri: string, manifest: string): string | undefined {
  // A chart that puts the model into its image does not use the address.
  if (!isLoopbackAddress(uri) || !manifest.includes(uri)) return undefined
  // Pods in the network of their node share its loopback address.
  if (/["']?hostNetwork["']?\s*:\s*true/.test(manifest)) return undefined
  return `pods would look for MLflow at ${uri}, which is the pod itself. Set pod-tracking-uri to an address of the server that pods reach.`
}
