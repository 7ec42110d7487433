import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withGolden } from '../../src/import/load-model.ts';
import { readPackage, writePackage } from '../../src/model/package/package.ts';
import { smallModel } from '../model/small-model.ts';
import { run } from './run.ts';

let directory: string;
let model: string;
const at = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'thicket-flags-'));
  model = at('churn.thicket');
  await writePackage(model, withGolden(smallModel()));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Predictions of a table, without their header. */
async function predicted(table: string, ...flags: string[]): Promise<readonly string[]> {
  writeFileSync(at('table.csv'), table);
  const ended = await run('predict', model, '--input', at('table.csv'), ...flags);
  return [...ended.stdout.trim().split('\n').slice(1), ...ended.stderr.trim().split('\n')];
}

describe('predict', () => {
  test('takes the delimiter of its flag', async () => {
    const wanted = await predicted('age,paid,plan\n30,1,pro\n');
    expect(wanted[0]).toMatch(/^\w+,[\d.]+,[\d.]+$/);
    expect(await predicted('age^paid^plan\n30^1^pro\n', '--delimiter', '^')).toEqual(wanted);
    expect(await predicted('age\tpaid\tplan\n30\t1\tpro\n', '--delimiter', 'tab')).toEqual(wanted);
    const [sentence] = await predicted('age,paid,plan\n30,1,pro\n', '--delimiter', ';');
    expect(sentence).toContain('lacks 3 of the columns that the model reads: age, paid, plan');
  });

  test.each(['', ',,', '"', '\n', 'tabs'])('refuses the delimiter %j', async (delimiter) => {
    const args = ['predict', model, '--input', 'none.csv', '--delimiter', delimiter];
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('one character other than a quote is meant');
  });

  test('takes words for missing values, besides the usual ones', async () => {
    const wanted = await predicted('age,paid,plan\n,1,pro\n,1,\n');
    const table = 'age,paid,plan\n-,1,pro\nNA,1,?\n';
    expect(await predicted(table, '--na', '-', '--na', '?')).toEqual(wanted);
    expect(await predicted(table)).toContain('line 2, column age: not a number: "-"');
  });

  test('keeps the usual words as texts', async () => {
    const table = 'age,paid,plan\nNA,1,pro\n,1,pro\n';
    const lines = await predicted(table, '--keep-na');
    expect(lines).toContain('line 2, column age: not a number: "NA"');
    expect(lines).toHaveLength(4);
  });

  test('takes the columns in the order of the fields where there is no header', async () => {
    const wanted = await predicted('age,paid,plan,note\n30,1,pro,x\n');
    expect(await predicted('30,1,pro,x\n', '--header', 'no')).toEqual(wanted);
    const { code } = await run('predict', model, '--input', at('table.csv'), '--header', 'maybe');
    expect(code).toBe(2);
  });
});

test('import reads its sample by its flags', async () => {
  writeFileSync(at('sample.csv'), '30^1^-^NA\n');
  const out = at('sampled.thicket');
  const flags = ['--header', 'no', '--delimiter', '^', '--na', '-', '--keep-na'];
  const made = await run('import', model, '--sample', at('sample.csv'), ...flags, '--out', out);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect((await readPackage(out)).golden.inputs).toEqual([[30, true, null, 'NA']]);
});

test.each(['predict', 'import'])('the help of %s names the flags of tables', async (command) => {
  const { stdout } = await run(command, '--help');
  for (const flag of ['--delimiter', '--header', '--na', '--keep-na']) {
    expect(stdout).toContain(flag);
  }
});
