import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../src');

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thicket-load-'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  for (const file of ['forest/load.ts', 'core']) {
    cpSync(join(SOURCES, file), join(root, 'src', file), { recursive: true });
  }
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** The loader as it would run in a package that stands in `root`. */
async function loadIn(): Promise<() => unknown> {
  const loader = (await import(join(root, 'src/forest/load.ts'))) as { loadAddon: () => unknown };
  return loader.loadAddon;
}

test('an addon that is not built is named together with the command that builds it', async () => {
  const load = await loadIn();
  expect(load).toThrow(
    expect.objectContaining({
      code: 'SETUP_MISSING',
      message: expect.stringContaining('npm run build'),
    }),
  );
});

test('an addon that does not load here is no missing one, and keeps the reason', async () => {
  mkdirSync(join(root, 'build/Release'), { recursive: true });
  writeFileSync(join(root, 'build/Release/thicket.node'), 'not a library');
  const load = await loadIn();
  expect(load).toThrow(
    expect.objectContaining({ code: 'SETUP_MISSING', cause: expect.any(Error) }),
  );
});
