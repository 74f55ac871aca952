import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { at } from './checkout.ts'

/** Who may import whom: actions -> runtime, adapters, domain; runtime and adapters -> domain; domain -> nothing. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  actions: ['actions', 'runtime', 'adapters', 'domain'],
  runtime: ['runtime', 'domain'],
  adapters: ['adapters', 'domain'],
  domain: ['domain'],
  index: ['actions', 'runtime'],
}

/** Things of the world outside that only one layer may touch. */
const RESERVED: readonly { what: RegExp; layer: string; why: string }[] = [
  { what: /from '@actions\//, layer: 'runtime', why: 'only src/runtime touches the toolkit' },
  { what: /\bprocess\.env\b/, layer: 'runtime', why: 'only src/runtime reads the environment' },
  {
    what: /from 'node:(child_process|http|https|net)'|from 'undici'/,
    layer: 'adapters',
    why: 'only src/adapters talks to the outside',
  },
]

/** Every import that goes against the direction, as "file: what is wrong". */
export function wrongImports(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, source]) => [...wrongLayers(file, source), ...wrongReach(file, source)])
}

function wrongLayers(file: string, source: string): string[] {
  const from = layerOf(file)
  const allowed = MAY_IMPORT[from]
  if (!allowed)
    return [`${file}: belongs to no layer; move it to actions/ or a folder of src/ that has a rule`]
  return imports(source).flatMap((target) => {
    if (!target.startsWith('.')) {
      return from === 'domain'
        ? [`${file}: imports ${target}; the domain imports nothing but its own kind`]
        : []
    }
    const to = layerOf(posix.join(posix.dirname(file), target))
    return allowed.includes(to)
      ? []
      : [`${file}: imports ${target}; ${from} may import only ${allowed.join(', ')}`]
  })
}

function wrongReach(file: string, source: string): string[] {
  const layer = layerOf(file)
  return RESERVED.filter((rule) => layer !== rule.layer && rule.what.test(source)).map(
    (rule) => `${file}: ${rule.why}`,
  )
}

function layerOf(file: string): string {
  const [top, second] = file.split('/')
  if (top === 'src') return second === 'index.ts' ? 'index' : (second ?? '')
  return top ?? ''
}

function imports(source: string): string[] {
  const statements = source.matchAll(/\b(?:from|import) '([^']+)'|\bimport\('([^']+)'\)/g)
  return [...statements].map(([, stated, dynamic]) => stated ?? dynamic ?? '')
}

/** The sources of the suite as they are on disk, tests left out: a test may reach for anything. */
export function suiteSources(): Map<string, string> {
  const files = globSync('{actions,src}/**/*.ts', { cwd: at('.') }).filter(
    (file) => !file.endsWith('.test.ts'),
  )
  return new Map(files.map((file) => [file, readFileSync(at(file), 'utf8')]))
}
