import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/thicket.js', import.meta.url));

test('a fresh clone says in one line how it is compiled', () => {
  const clone = mkdtempSync(join(tmpdir(), 'thicket-clone-'));
  try {
    mkdirSync(join(clone, 'bin'));
    writeFileSync(join(clone, 'package.json'), '{"type": "module"}');
    copyFileSync(BIN, join(clone, 'bin', 'thicket.js'));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(clone, 'bin', 'thicket.js'), '--help'],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toStrictEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^thicket: .* `npm run build` .*\n$/);
  } finally {
    rmSync(clone, { recursive: true });
  }
});
