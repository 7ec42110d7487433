import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

/** Git passes over a new file of this name. */
function isIgnored(path: string): boolean {
  const { status, stderr } = spawnSync('git', ['check-ignore', '--quiet', '--no-index', path], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return status === 0;
}

test('the package that the README has import write is no change of a checkout', () => {
  const [written] = /`\w+\.thicket`/.exec(readFileSync('README.md', 'utf8'))!;
  expect(isIgnored(written.replaceAll('`', ''))).toBe(true);
  expect(isIgnored('test/model/packages/version-3/any.thicket')).toBe(false);
});

test('the README says beside `npm install` that the registry’s package of this name is another', () => {
  const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string };
  const paragraph = readFileSync('README.md', 'utf8')
    .split('\n\n')
    .find((each) => each.includes('npm install'));
  expect(paragraph?.replaceAll('\n', ' ')).toContain(
    `the package that npm's registry has under the name \`${name}\` is another project's`,
  );
});
