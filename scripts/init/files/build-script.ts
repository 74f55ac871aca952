import { posix } from 'node:path'
import { parse } from 'yaml'
import type { Repository } from '../repository.ts'
import type { Settings } from '../settings/index.ts'

/** The script that retrain.yml runs between gate and deployment if the model is in the image. */
export const BUILD_SCRIPT = 'build-image.sh'

/** An image name without a tag that a shell does not interpret. */
const IMAGE = /^[a-z0-9][\w.:/-]*$/i

/** A script that builds and pushes the image of one model version, for a person to adapt. */
export function renderBuildScript({ files }: Repository, { chartPath, release }: Settings): string {
  const image = findImage(files.get(posix.join(chartPath, 'values.yaml')) ?? '')
  const name = image ?? `ghcr.io/OWNER/${release}`
  const login = name.startsWith('ghcr.io/')
    ? '  echo "$GITHUB_TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin'
    : '  # Log in to the registry of the image here, with a secret that retrain.yml passes to this script.'
  return `#!/usr/bin/env bash
# Builds and pushes the image of one model version, whose tag is the version. The job "image" of retrain.yml runs it
# after the gate has accepted the version.
set -euo pipefail
image="${name}:$MODEL_VERSION"${image === undefined ? ' # the name in the values of your chart' : ''}
python -m pip install --quiet mlflow
python -m mlflow artifacts download --artifact-uri "models:/$MODEL_NAME/$MODEL_VERSION" --dst-path model
docker build --tag "$image" .
# A local try with npm run try needs no registry: the variable RIG is the path of retrain-actions then.
if [ -n "\${RIG:-}" ]; then
  docker save "$image" | npm --prefix "$RIG" run rig -- image "$image"
else
${login}
  docker push "$image"
fi
`
}

/** The repository of the image in the values of a chart. */
function findImage(values: string): string | undefined {
  try {
    const image = parse(values)?.image
    const name = typeof image === 'string' ? image : image?.repository
    return typeof name === 'string' && IMAGE.test(name) ? name.replace(/:[^/]*$/, '') : undefined
  } catch {
    return undefined
  }
}
