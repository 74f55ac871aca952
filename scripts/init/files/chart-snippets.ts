/** Name of the container that downloads the model. */
export const INIT_CONTAINER = 'fetch-model'

/** Values that the actions set at each deployment, and one of the operator. */
export const MODEL_VALUES: readonly { name: string; comment?: string }[] = [
  { name: 'name' },
  { name: 'version' },
  { name: 'mlflowUri' },
  {
    name: 'credentialsSecret',
    comment: 'Name of a Secret of the namespace with the variables of MLflow, such as MLFLOW_TRACKING_TOKEN.',
  },
]

export const MODEL_VALUES_COMMENT = '# helm-deploy sets name, version and mlflowUri.'

/** What the container that downloads the model shares with the server. */
export interface ServerContainer {
  image: string
  /** Undefined if the template does not set it. */
  imagePullPolicy: string | undefined
  usesSecurityContext: boolean
  usesResources: boolean
}

/**
 * The init container as lines, the first one being its list item.
 * @param indent blanks that precede each line in the template
 */
export function renderInitContainer(server: ServerContainer, indent: number): string[] {
  const { image, imagePullPolicy, usesSecurityContext, usesResources } = server
  return [
    '# Downloads the version that helm-deploy deploys. The image needs the package mlflow.',
    `- name: ${INIT_CONTAINER}`,
    `  image: ${image}`,
    ...(imagePullPolicy === undefined ? [] : [`  imagePullPolicy: ${imagePullPolicy}`]),
    '  # MLflow exits 0 even if it downloads nothing, so check for MLmodel.',
    '  command:',
    '    - /bin/sh',
    '    - -ec',
    '    - |',
    '      mlflow artifacts download --artifact-uri "models:/$MODEL_NAME/$MODEL_VERSION" --dst-path "$MODEL_DIR"',
    '      if [ ! -f "$MODEL_DIR/MLmodel" ]; then',
    '        echo "version $MODEL_VERSION of $MODEL_NAME has no MLmodel file" >&2',
    '        exit 2',
    '      fi',
    '  env:',
    '    - name: MODEL_NAME',
    '      value: {{ .Values.model.name | quote }}',
    '    - name: MODEL_VERSION',
    '      value: {{ .Values.model.version | quote }}',
    '    - name: MODEL_DIR',
    '      value: /model',
    '    - name: HOME',
    '      value: /tmp',
    '    - name: MLFLOW_TRACKING_URI',
    '      value: {{ .Values.model.mlflowUri | quote }}',
    '    # Fail fast if the server does not answer. Kubernetes restarts the container.',
    '    - name: MLFLOW_HTTP_REQUEST_MAX_RETRIES',
    "      value: '2'",
    '    - name: MLFLOW_HTTP_REQUEST_TIMEOUT',
    "      value: '30'",
    '  {{- with .Values.model.credentialsSecret }}',
    '  envFrom:',
    '    - secretRef:',
    '        name: {{ . | quote }}',
    '  {{- end }}',
    ...(usesSecurityContext ? renderCopied('securityContext', indent) : []),
    ...(usesResources ? renderCopied('resources', indent) : []),
    '  volumeMounts:',
    '    - name: model',
    '      mountPath: /model',
    '    - name: model-tmp',
    '      mountPath: /tmp',
  ]
}

/** A value of the chart that the server uses, too. */
function renderCopied(name: string, indent: number): string[] {
  return [
    `  {{- with .Values.${name} }}`,
    `  ${name}:`,
    `    {{- toYaml . | nindent ${indent + 4} }}`,
    '  {{- end }}',
  ]
}

/** The variable by which a pod states its version. */
export const renderVersionVariable = (name: string): string[] => [
  `- name: ${name}`,
  '  value: {{ .Values.model.version | quote }}',
]

export const MODEL_MOUNT = ['- name: model', '  mountPath: /model', '  readOnly: true']

export const MODEL_VOLUMES = ['- name: model', '  emptyDir: {}', '- name: model-tmp', '  emptyDir: {}']

/** Prefixes lines with blanks. */
export function indentLines(lines: readonly string[], indent: number): string[] {
  return lines.map((line) => `${' '.repeat(indent)}${line}`)
}
