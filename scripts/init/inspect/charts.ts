import { posix } from 'node:path'
import { parse } from 'yaml'
import type { Repository } from '../repository.ts'

/** A kind of object that a chart creates. */
export interface ChartObject {
  /** Empty for the core group. */
  apiGroup: string
  kind: string
  /** Path of the template in the repository. */
  template: string
  /** Helm runs it as a hook. */
  hook: boolean
}

export interface Chart {
  /** Folder in the repository. */
  path: string
  name: string
  objects: readonly ChartObject[]
  /** Those that run pods permanently. */
  workloads: readonly ChartObject[]
  /** Where its pods name `model.version`, as in input `version-from`; undefined if they do not. */
  versionFrom: string | undefined
}

const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet']

/** Finds the charts of a repository, except those in the folder `charts` of another chart, and libraries. */
export function findCharts(repository: Repository): Chart[] {
  const folders = [...repository.files.keys()]
    .filter((path) => posix.basename(path) === 'Chart.yaml')
    .map((path) => posix.dirname(path))
  return folders
    .filter(
      (folder) => !folders.some((other) => other !== folder && isInside(folder, posix.join(other, 'charts'))),
    )
    .map((folder) => describeChart(repository, folder))
    .filter((chart) => chart !== undefined)
}

const isInside = (path: string, folder: string) => folder === '.' || path.startsWith(`${folder}/`)

export function describeChart({ files }: Repository, path: string): Chart | undefined {
  const metadata = parseYaml(files.get(posix.join(path, 'Chart.yaml')) ?? '')
  if (metadata?.type === 'library') return undefined
  const templates = [...files].filter(([file]) => isInside(file, posix.join(path, 'templates')))
  const objects = templates.flatMap(([file, text]) => listObjects(file, text))
  return {
    path,
    name: typeof metadata?.name === 'string' ? metadata.name : posix.basename(path),
    objects,
    workloads: objects.filter(({ kind, hook }) => WORKLOAD_KINDS.includes(kind) && !hook),
    versionFrom: findVersionFrom(templates.map(([, text]) => text)),
  }
}

function parseYaml(text: string): Record<string, unknown> | undefined {
  try {
    return parse(text) ?? undefined
  } catch {
    return undefined
  }
}

function listObjects(template: string, text: string): ChartObject[] {
  return text.split(/^---\s*$/m).flatMap((document) => {
    const kind = /^kind:\s*["']?([A-Za-z]+)["']?\s*$/m.exec(document)?.[1]
    const apiVersion = /^apiVersion:\s*["']?([\w./-]+)["']?\s*$/m.exec(document)?.[1] ?? ''
    if (kind === undefined) return []
    const apiGroup = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
    return [{ apiGroup, kind, template, hook: /helm\.sh\/hook["']?:/.test(document) }]
  })
}

const VERSION = String.raw`\.Values\.model\.version\b`

/** Looks for the places that helm-deploy can read: a variable, the tag of the image, a label or annotation of the pods. */
function findVersionFrom(templates: readonly string[]): string | undefined {
  const find = (pattern: RegExp) =>
    templates.map((text) => pattern.exec(text)?.[1]).find((name) => name !== undefined)
  const variable = find(new RegExp(String.raw`^\s*- name:\s*["']?(\w+)["']?\s*\n\s*value:.*${VERSION}`, 'm'))
  if (variable !== undefined) return `env:${variable}`
  if (find(new RegExp(String.raw`^\s*(image):.*:.*${VERSION}`, 'm')) !== undefined) return 'image-tag'
  return templates.map(findPodMark).find((mark) => mark !== undefined)
}

/** A label or annotation in the pod template with the version. Those of the workload itself prove nothing. */
function findPodMark(text: string): string | undefined {
  const lines = text.split('\n')
  const template = lines.findIndex((line) => /^\s+template:\s*$/.test(line))
  const indent = (line: string) => line.length - line.trimStart().length
  for (const [index, line] of lines.entries()) {
    const key = new RegExp(String.raw`^\s+["']?([\w./-]+)["']?:.*${VERSION}`).exec(line)?.[1]
    if (key === undefined || template < 0) continue
    const parent = lines
      .slice(template, index)
      .findLast((other) => other.trim() !== '' && !/^\s*\{\{/.test(other) && indent(other) < indent(line))
    const place = /^\s*(label|annotation)s:/.exec(parent ?? '')?.[1]
    if (place !== undefined) return `${place}:${key}`
  }
  return undefined
}
