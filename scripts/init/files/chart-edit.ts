import {
  indentLines,
  MODEL_MOUNT,
  MODEL_VALUES,
  MODEL_VALUES_COMMENT,
  MODEL_VOLUMES,
  renderInitContainer,
  renderVersionVariable,
} from './chart-snippets.ts'

/** A template that is not laid out as `helm create` lays it out. The message says where it differs. */
export class OtherLayout extends Error {}

/**
 * Lets the pods of a template download the model and name its version.
 * @param variable that names the version
 * @throws OtherLayout
 */
export function addModelDownload(template: string, variable: string): string {
  // Of two variables with one name, the last one would win.
  if (new RegExp(`^ *- name: *["']?${variable}["']? *$`, 'm').test(template))
    throw new OtherLayout(`it sets ${variable} already`)
  const withVariable = addToContainer(template, 'env', renderVersionVariable(variable))
  const withMount = addToContainer(withVariable, 'volumeMounts', MODEL_MOUNT)
  return addInitContainer(addVolumes(withMount))
}

function addInitContainer(template: string): string {
  const { lines, containers, container, pod, item } = readLayout(template)
  const image = findImage(lines, container, item)
  const policy = findLine(lines, container, new RegExp(`^ {${item}}imagePullPolicy: *(.+)$`))
  const indent = item - 2
  const server = {
    image: image.value,
    imagePullPolicy: policy?.value,
    usesSecurityContext: template.includes('.Values.securityContext'),
    usesResources: template.includes('.Values.resources'),
  }
  const block = [
    `${' '.repeat(pod)}initContainers:`,
    ...indentLines(renderInitContainer(server, indent), indent),
  ]
  return lines.toSpliced(containers, 0, ...block).join('\n')
}

function addToContainer(template: string, key: 'env' | 'volumeMounts', items: readonly string[]): string {
  const { lines, containers, container, item } = readLayout(template)
  const position = key === 'env' ? findLastOfImage(lines, container, item) + 1 : container[1]
  const addition = { key, indent: item, items, position, parent: containers }
  return addToList(lines, container, addition).join('\n')
}

function addVolumes(template: string): string {
  const { lines, containers, container, pod } = readLayout(template)
  const addition = {
    ...{ key: 'volumes', indent: pod, items: MODEL_VOLUMES },
    ...{ position: container[1], parent: containers },
  }
  return addToList(lines, [0, lines.length], addition).join('\n')
}

interface Addition {
  key: string
  /** Indentation of the key. */
  indent: number
  items: readonly string[]
  /** Where the key goes if it is not there. */
  position: number
  /** A line that the key depends on anyway, such as `containers:`. */
  parent: number
}

/** Adds items to a list of a template, or the whole list. @throws OtherLayout if the list has another form */
function addToList(
  lines: readonly string[],
  [from, to]: readonly [number, number],
  { key, indent, items, position, parent }: Addition,
): string[] {
  const at = lines.findIndex(
    (line, index) => index >= from && index < to && line.startsWith(`${' '.repeat(indent)}${key}:`),
  )
  const block = (more: readonly string[] = []) => [
    `${' '.repeat(indent)}${key}:`,
    ...indentLines([...items, ...more], indent + 2),
  ]
  if (at < 0) return lines.toSpliced(position, 0, ...block())
  const [before = '', line = '', after = '', end = ''] = lines.slice(at - 1, at + 3)
  const optional = /^ *(\{\{-? with \.Values\.\w+ -?\}\})$/.exec(before)?.[1]
  const isOptional =
    optional !== undefined && /^ *\{\{- toYaml \. \|/.test(after) && /^ *\{\{-? end -?\}\}$/.test(end)
  if (isOptional) {
    const more = [optional, `{{- toYaml . | nindent ${indent + 2} }}`, '{{- end }}']
    return lines.toSpliced(at - 1, 4, ...block(more))
  }
  if (!hasSameBranches(lines, at, parent)) throw new OtherLayout(`its ${key} are conditional`)
  const list = /^( *)- /.exec(after)
  if (!/:\s*$/.test(line) || !list) throw new OtherLayout(`its ${key} are no plain list`)
  return lines.toSpliced(at + 1, 0, ...indentLines(items, list[1]?.length ?? 0))
}

/** The lines with `if`, `else`, `with` or `range` that decide whether a line is rendered. */
function listBranches(lines: readonly string[], at: number): number[] {
  const open: number[] = []
  for (const [index, line] of lines.slice(0, at).entries())
    for (const [, keyword] of line.matchAll(/\{\{-?\s*(if|with|range|define|block|else|end)\b/g)) {
      if (keyword === 'else' || keyword === 'end') open.pop()
      if (keyword !== 'end') open.push(index)
    }
  return open
}

const hasSameBranches = (lines: readonly string[], one: number, other: number) =>
  listBranches(lines, one).join() === listBranches(lines, other).join()

/** Lets the tag of the image be the version of the model. @throws OtherLayout */
export function setImageTag(template: string): string {
  const { lines, container, item } = readLayout(template)
  const image = findImage(lines, container, item)
  const repository = /^["']?(\{\{[^}]*\}\}|[^{}:"']+):/.exec(image.value)?.[1]
  if (repository === undefined) throw new OtherLayout('the line with its image does not end with a tag')
  lines[image.index] = `${' '.repeat(item)}image: "${repository}:{{ .Values.model.version }}"`
  return lines.join('\n')
}

/** Adds the values that the actions set. @throws OtherLayout if `model` is there with another meaning */
export function addModelValues(values: string): string {
  const render = (names: typeof MODEL_VALUES) =>
    names.flatMap(({ name, comment }) => [...(comment ? [`  # ${comment}`] : []), `  ${name}: ''`])
  const lines = values.trimEnd().split('\n')
  const start = lines.findIndex((line) => /^model:/.test(line))
  if (start < 0) {
    const block = [MODEL_VALUES_COMMENT, 'model:', ...render(MODEL_VALUES)].join('\n')
    return values.trim() === '' ? `${block}\n` : `${values.trimEnd()}\n\n${block}\n`
  }
  if (!/^model:\s*(#.*)?$/.test(lines[start] ?? ''))
    throw new OtherLayout('its value "model" is not a block of keys')
  const end = lines.findIndex((line, index) => index > start && /^\S/.test(line))
  const block = lines.slice(start + 1, end < 0 ? undefined : end)
  const missing = MODEL_VALUES.filter(({ name }) => !block.some((line) => line.startsWith(`  ${name}:`)))
  lines.splice(start + 1, 0, ...render(missing))
  return `${lines.join('\n')}\n`
}

interface Layout {
  lines: string[]
  /** Index of the line `containers:`. */
  containers: number
  /** Its indentation, which is that of the keys of the pod. */
  pod: number
  /** First line of the only container, and the line after its last one. */
  container: [number, number]
  /** Indentation of the keys of the container. */
  item: number
}

function readLayout(template: string): Layout {
  const lines = template.split('\n')
  const starts = lines.flatMap((line, index) => (/^ +containers:\s*$/.test(line) ? [index] : []))
  const [containers] = starts
  if (containers === undefined || starts.length > 1)
    throw new OtherLayout('it does not have exactly one line "containers:"')
  if (lines.some((line) => /^\s*initContainers:/.test(line)))
    throw new OtherLayout('it has init containers already')
  const pod = indentOf(lines[containers])
  const first = lines[containers + 1] ?? ''
  if (!/^ *- name:/.test(first)) throw new OtherLayout('its list of containers does not begin with a name')
  const item = indentOf(first) + 2
  let end = lines.findIndex(
    (line, index) => index > containers + 1 && isContent(line) && indentOf(line) < item,
  )
  if (end < 0) end = lines.length
  const next = lines[end] ?? ''
  if (/^ *- /.test(next)) throw new OtherLayout('it has several containers')
  if (/^ *\{\{-? *(toYaml|include|tpl)/.test(next))
    throw new OtherLayout('it inserts blocks without their indentation')
  // What is between the last content and its `end` belongs to the container, the rest to what follows.
  let stop = lines.findLastIndex((line, index) => index < end && isContent(line)) + 1
  while (stop < end && !hasSameBranches(lines, stop, containers)) stop += 1
  return { lines, containers, pod, container: [containers + 1, stop], item }
}

/** Not empty, and more than a control line. Control lines may have any indentation. */
const isContent = (line: string) =>
  line.trim() !== '' && !/^\s*\{\{-?\s*(if|with|range|else|end|\/\*)(?!\w)/.test(line)

const indentOf = (line = '') => line.length - line.trimStart().length

function findImage(lines: readonly string[], container: readonly [number, number], item: number) {
  const image = findLine(lines, container, new RegExp(`^ {${item}}image: *(.+)$`))
  if (!image) throw new OtherLayout('its container has no line with the image')
  if (!hasSameBranches(lines, image.index, container[0])) throw new OtherLayout('its image is conditional')
  return image
}

/** The policy of the image follows it. */
function findLastOfImage(
  lines: readonly string[],
  container: readonly [number, number],
  item: number,
): number {
  const image = findImage(lines, container, item).index
  return /^ *imagePullPolicy:/.test(lines[image + 1] ?? '') ? image + 1 : image
}

function findLine(lines: readonly string[], [from, to]: readonly [number, number], pattern: RegExp) {
  for (let index = from; index < to; index += 1) {
    const value = pattern.exec(lines[index] ?? '')?.[1]
    if (value !== undefined) return { index, value: value.trim() }
  }
  return undefined
}
