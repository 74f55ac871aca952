import { expect, test } from 'vitest'
import { findScriptNeeds } from './script-programs.ts'

test.each([
  ['./train.sh --fast', './train.sh'],
  ['tools/train', 'tools/train'],
  ['/opt/venv/bin/python train.py', '/opt/venv/bin/python'],
  ['python train.py --rows=1', 'train.py'],
  ['python3 src/train.py; echo done', 'src/train.py'],
  ['bash train.sh', 'train.sh'],
  ['# first\n\n  python train.py\npython other.py', 'train.py'],
  ['python -m train', undefined],
  ['python "$SCRIPT"', undefined],
  ['python $HOME/train.py', undefined],
  ['$HOME/train', undefined],
  ['SEED=1 python train.py', undefined],
  ['cd src && python train.py', undefined],
  ['pip install -r requirements.txt\npython train.py', 'train.py'],
  ['pip install -r requirements.txt && python trian.py --rows 3', 'trian.py'],
  ['set -e; export A=1; python -m pip install . ; ./train.sh', './train.sh'],
  ['uv sync && uv run train.py', undefined],
  ['pip install x && cd src && python train.py', undefined],
  ['pip install x && git clone y && python y/train.py', undefined],
  ['python -c "import a; b" && python train.py', undefined],
  ['make train', undefined],
  ['', undefined],
])('%j runs the file %j', (text, file) => {
  expect(findScriptNeeds(text, 'bash').file).toBe(file)
})

test.each([
  ['python train.py', 'bash', [{ name: 'python', isSure: true }]],
  ['pip install x && python3 train.py', 'sh', [{ name: 'python3', isSure: false }]],
  [
    'python a.py | python3 b.py',
    'bash -el {0}',
    [
      { name: 'python', isSure: true },
      { name: 'python3', isSure: false },
    ],
  ],
  ['./python train.py', 'bash', []],
  ['pythonic; echo my-python', 'bash', []],
  ['import train', 'python', [{ name: 'python', isSure: true }]],
  ['python train.py', 'pwsh {0}', []],
])('%j in %s needs %j', (text, shell, pythons) => {
  expect(findScriptNeeds(text, shell).pythons).toEqual(pythons)
})
