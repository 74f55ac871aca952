import { globSync, readFileSync } from 'node:fs'
import { checkoutPath, slug } from '../checkout.ts'

/** Commits of third-party actions. They come from the tags of their repositories. */
const pins: Readonly<Record<string, { version: string; sha: string }>> = JSON.parse(
  readFileSync(checkoutPath('rig/actions/pins.json'), 'utf8'),
)

/** Lists third-party `uses:` with another commit than the recorded one, or with another version in the comment. */
export function checkPins(): string {
  const files = globSync(
    ['.github/workflows/*.yml', 'workflows-examples/*.yml', '{action.yml,actions/*/action.yml}'],
    {
      cwd: checkoutPath('.'),
    },
  )
  return files.flatMap((file) => findWrongPins(file, readFileSync(checkoutPath(file), 'utf8'))).join('\n')
}

export function findWrongPins(file: string, source: string): string[] {
  const uses = source.matchAll(/^\s*(?:- )?uses: ([^@\s]+)@(\S+)(?: # (\S+))?$/gm)
  return [...uses].flatMap(([line, name = '', ref, comment]) => {
    if (name === slug || name.startsWith(`${slug}/`)) return []
    const pin = pins[name]
    if (!pin)
      return [
        `${file}: ${name} has no recorded commit; add it to rig/actions/pins.json from the tag of its repository`,
      ]
    const right = ref === pin.sha && comment === pin.version
    return right ? [] : [`${file}: ${line.trim()} should be uses: ${name}@${pin.sha} # ${pin.version}`]
  })
}
