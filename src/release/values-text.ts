import { type Document, isAlias, isMap, isScalar, parseAllDocuments, parseDocument, visit } from 'yaml'
import { errorMessage } from '../domain/core/errors.ts'

/** What to do about a value `model` that is no mapping. */
export const MODEL_VALUE_HINT =
  'The model of the deployment is written to model.name, model.version and model.mlflowUri, which would replace it. Rename this value, or pass the version to another value with version-values.'

/**
 * Values that no chart can use: ciphertext, and a `model` that helm-deploy would replace. Undefined: none.
 * @param placesVersion `version-values` is given, so that nothing is written to `model`
 */
export function findUnusableValues(text: string, placesVersion: boolean): string | undefined {
  if (/^(\0GITCRYPT|\$ANSIBLE_VAULT;|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text))
    return 'is encrypted. Decrypt it in an earlier step'
  // Helm reports what is not YAML.
  const [document] = parseAllDocuments(text)
  if (!document || document.errors.length > 0 || !isMap(document.contents)) return undefined
  let encrypted: string | undefined
  visit(document as Document, {
    Scalar(_key, { value }) {
      if (typeof value === 'string' && /^(ENC\[[A-Z0-9_]+,|\$ANSIBLE_VAULT;)/.test(value)) encrypted = value
      return encrypted === undefined ? undefined : visit.BREAK
    },
  })
  if (document.hasIn(['sops', 'mac']) || encrypted !== undefined)
    return `is encrypted${encrypted === undefined ? '' : ` (${encrypted.slice(0, 20)}...)`}, and its pods would get the ciphertext. Decrypt it in an earlier step, such as "sops --decrypt secrets.yaml > values.yaml", and name the decrypted file in values-files`
  const found = document.get('model', true)
  // Helm reports an alias without an anchor.
  const model = isAlias(found) ? found.resolve(document) : found
  if (placesVersion || !model || isMap(model) || (isScalar(model) && model.value === null)) return undefined
  return `sets model to ${JSON.stringify(model).slice(0, 100)}. ${MODEL_VALUE_HINT.replace(/\.$/, '')}`
}

/** Checks the input `values`; undefined: it is a YAML mapping, or empty. */
export function findValuesProblem(text: string, placesVersion = false): string | undefined {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return formatYamlError(error)
  try {
    const values: unknown = document.toJS()
    if (values === null || (typeof values === 'object' && !Array.isArray(values)))
      return findRoundedNumber(document) ?? findUnusableValues(text, placesVersion)
  } catch (cause) {
    // An alias without an anchor, or aliases that expand without end.
    return formatYamlError(cause)
  }
  return 'is not a YAML mapping; write it like "replicas: 2", one key a line'
}

/** Helm reads numbers as floats, so it would round an id of 17 digits. */
function findRoundedNumber(document: Document): string | undefined {
  let found: string | undefined
  visit(document, {
    Scalar(_key, { value, source }) {
      if (typeof value !== 'number' || !/^[-+]?\d+$/.test(source ?? '') || Number.isSafeInteger(value))
        return undefined
      found = source?.slice(0, 40)
      return visit.BREAK
    },
  })
  return found && `has the number ${found}, which Helm would round; write it in quotes`
}

function formatYamlError(error: unknown): string {
  const [line = ''] = errorMessage(error).split('\n')
  return `is not YAML: ${line.replace(/:$/, '')}`
}
