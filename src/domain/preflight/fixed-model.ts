/**
 * Addresses of the model that a rendered chart has besides the version to deploy, such as models:/churn/1 or
 * models:/churn@champion. A server that loads one serves another version than its pods state.
 * @param version the version that the chart is rendered for
 */
export function findFixedModels(manifest: string, model: string, version: string): string[] {
  const addresses = [...manifest.matchAll(/\bmodels:\/+([^\s"'/@,}\]]+)(?:\/([\w.-]+)|@([\w.-]+))/g)]
  const fixed = addresses.filter(([, name, number]) => name === model && number !== version)
  return [...new Set(fixed.map(([address]) => address))]
}
