import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, withGolden } from '../../src/import/load-model.ts';
import type { Model } from '../../src/model/model.ts';
import { readPackage, writePackage } from '../../src/model/package/package.ts';
import { argmax, numbersOf, smallEnsemble, smallModel } from '../model/small-model.ts';
import { run } from './run.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/superstore/', import.meta.url));
let directory: string;
let churn: string;

const at = (name: string): string => join(directory, name);

function csv(name: string, ...lines: string[]): string {
  writeFileSync(at(name), `${lines.join('\n')}\n`);
  return at(name);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'thicket-cli-'));
  churn = at('churn.thicket');
  await writePackage(churn, withGolden(smallModel()));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the example', () => {
  test('gives the numbers of scikit-learn from its package, to the last bit', async () => {
    const spec = join(EXAMPLE, 'spec.json');
    const expected = join(EXAMPLE, 'expected.csv');
    const packed = at('superstore.thicket');
    const made = await run(
      'import',
      join(EXAMPLE, 'model.joblib'),
      '--spec',
      spec,
      '--sample',
      expected,
      '--out',
      packed,
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain('rf_profit_margin 1, predicts profit_margin from 8 fields');
    const predicted = await run('predict', packed, '--input', expected, '--raw');
    expect(predicted).toMatchObject({ code: 0, stderr: '' });
    const stored = readFileSync(expected, 'utf8').trim().split(/\r?\n/);
    const wanted = stored.map((line) => line.split(',').slice(-2).join(','));
    expect(predicted.stdout.trim().split('\n')).toEqual(wanted);
  });

  test('gives the same straight from the file of the library', async () => {
    const input = join(EXAMPLE, 'expected.csv');
    const [direct, packed] = await Promise.all([
      run('predict', join(EXAMPLE, 'model.joblib'), '--input', input, '--output', at('direct.csv')),
      run('predict', at('superstore.thicket'), '--input', input, '--output', at('packed.csv')),
    ]);
    expect([direct.code, packed.code]).toEqual([0, 0]);
    expect(readFileSync(at('direct.csv'), 'utf8')).toBe(readFileSync(at('packed.csv'), 'utf8'));
  });
});

describe('import', () => {
  test('lets the command line win over the spec, and the spec over the file', async () => {
    const spec = at('spec.json');
    writeFileSync(spec, JSON.stringify({ name: 'of-spec', version: '7', metrics: { auc: 1 } }));
    const out = at('named.thicket');
    expect(
      await run('import', churn, '--spec', spec, '--version', '8', '--out', out),
    ).toMatchObject({
      code: 0,
    });
    const { metadata } = await readPackage(out);
    expect(metadata).toMatchObject({ name: 'of-spec', version: '8', target: 'churned' });
    expect(metadata.metrics).toEqual({ auc: 1, 'log loss': 0.1 });
  });

  test('keeps the reply profile and the id field that the spec names', async () => {
    const spec = at('churn.json');
    writeFileSync(
      spec,
      JSON.stringify({ profile: 'churn', id_field: 'id', positive_class: 'leaves' }),
    );
    const out = at('profiled.thicket');
    expect(await run('import', churn, '--spec', spec, '--out', out)).toMatchObject({ code: 0 });
    expect((await readPackage(out)).metadata).toMatchObject({
      profile: 'churn',
      idField: 'id',
      positiveClass: 'leaves',
    });
  });

  test.each([
    { profile: 'chrun', words: 'asks for the reply profile "chrun", and there are plain,' },
    { profile: 'regression', words: 'does not fit it: it is a classifier' },
  ])('refuses a spec with the reply profile $profile', async ({ profile, words }) => {
    const spec = at('misfit.json');
    writeFileSync(spec, JSON.stringify({ profile }));
    const out = at('misfit.thicket');
    const { code, stderr } = await run('import', churn, '--spec', spec, '--out', out);
    expect({ code, written: existsSync(out) }).toEqual({ code: 1, written: false });
    expect(stderr).toContain(words);
  });

  test('takes golden rows from the sample, leaving out what the model does not take', async () => {
    const sample = csv('sample.csv', 'note,plan,paid,age', 'n,pro,1,30', 'n,pro,maybe,30', ',,0,');
    const out = at('sampled.thicket');
    const made = await run('import', churn, '--sample', sample, '--out', out);
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).toContain('1 rows that the model does not take are left out');
    expect((await readPackage(out)).golden.inputs).toEqual([
      [30, true, 'pro', 'n'],
      [null, false, null, null],
    ]);
  });

  test.each([
    { name: 'a file that is not there', args: ['nowhere.joblib'], words: 'cannot be read' },
    {
      name: 'a spec that is not there',
      args: ['CHURN', '--spec', 'nowhere.json'],
      words: 'nowhere.json cannot be read',
    },
  ])('fails in one sentence for $name', async ({ args, words }) => {
    const ended = await run(
      'import',
      ...args.map((arg) => (arg === 'CHURN' ? churn : at(arg).replace(at('--'), '--'))),
    );
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(words);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  test.each([
    ['no JSON', '{', 'is no JSON'],
    ['a list', '[]', 'where an object belongs'],
    ['an unknown setting', '{"title": "x"}', 'no setting "title"'],
    ['a metric beyond every double', '{"metrics": {"auc": 1e999}}', 'metric "auc" is not a number'],
    ['a metric that is text', '{"metrics": {"auc": "high"}}', 'metric "auc" is not a number'],
    ['a field twice', '{"fields": [{"name": "age"}, {"name": "age"}]}', 'described twice'],
    ['a field without a name', '{"fields": [{}]}', 'has no name'],
    [
      'a bound that is text',
      '{"fields": [{"name": "age", "minimum": "0"}]}',
      'minimum is not a number',
    ],
  ])('refuses a spec with %s', async (_, text, words) => {
    writeFileSync(at('bad.json'), text);
    const ended = await run(
      'import',
      churn,
      '--spec',
      at('bad.json'),
      '--out',
      at('never.thicket'),
    );
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(words);
  });
});

describe('columns of predict', () => {
  test('finds columns by name, in any order, and quotes what needs it', async () => {
    const labels = ['stays, for now', 'leaves'];
    // The raw scores themselves, which are not divided by the number of trees.
    const stages = [...smallModel().stages.slice(0, 4), argmax([8, 9])];
    const output = { kind: 'class', labels, index: 10, probabilities: [8, 9] } as const;
    const model: Model = { ...smallModel(), stages, answer: { outputs: [output], scores: [] } };
    await writePackage(at('quoted.thicket'), withGolden(model));
    const input = csv('order.csv', 'extra,plan,age,paid', '"a, b",basic,30,True', 'x,pro,N/A,0');
    const { stdout, code } = await run('predict', at('quoted.thicket'), '--input', input, '--raw');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'prediction,"probability(stays, for now)",probability(leaves),raw_0,raw_1',
      `"stays, for now",${0.9 + 1 / 3},${0.1 + 2 / 3},${0.9 + 1 / 3},${0.1 + 2 / 3}`,
      '"stays, for now",1.5,0.5,1.5,0.5',
      '',
    ]);
  });

  test('takes columns by position where the model names none, header or not', async () => {
    const fields = smallModel().fields.map((field, index) =>
      Object.assign(field, { name: `x${index}` }),
    );
    await writePackage(at('nameless.thicket'), withGolden({ ...smallModel(), fields }));
    const predictions = async (...lines: string[]): Promise<string> =>
      (await run('predict', at('nameless.thicket'), '--input', csv('by-position.csv', ...lines)))
        .stdout;
    const bare = await predictions('30,1,pro,x', '50,0,basic,');
    expect(bare.trim().split('\n')).toHaveLength(3);
    expect(await predictions('age,paid,plan,note', '30,1,pro,x', '50,0,basic,')).toBe(bare);
    expect(await predictions('x1,x0,x2', '1,30,pro', '0,50,basic')).toBe(bare);
    // pandas writes this header above the columns of an array.
    expect(await predictions('0,1,2,3', '30,1,pro,x', '50,0,basic,')).toBe(bare);
    expect(await predictions('\uFEFF30,1,pro,x\r', '50,0,basic,\r')).toBe(bare);
    const narrow = await run(
      'predict',
      at('nameless.thicket'),
      '--input',
      csv('narrow.csv', '1,2'),
    );
    expect(narrow.stderr).toContain('has 2 columns');
  });
});

describe('predict', () => {
  test('leaves the cells of rows that the model cannot take empty, and says which and why', async () => {
    const input = csv(
      'bad.csv',
      'age,paid,plan,note',
      '30,1,pro,"two',
      'lines"',
      'young,1,pro,x',
      '40,,pro,x',
      '41,1,pro',
      '30,1,pro,x',
    );
    const { stdout, stderr, code } = await run('predict', churn, '--input', input);
    expect(code).toBe(1);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines.slice(2, 5)).toEqual([',,', ',,', ',,']);
    expect(lines[1]).toBe(lines[5]);
    expect(stderr.trim().split('\n')).toEqual([
      'line 4, column age: not a number: "young"',
      'line 5: paid: Input should be a valid boolean',
      'line 6: 3 cells where 4 belong',
      'thicket: 3 of 5 rows have no prediction; their cells are empty.',
    ]);
  });

  test('names no more than twenty of the rows that it cannot take', async () => {
    const rows = Array.from({ length: 5000 }, (_, row) =>
      row % 2 === 0 ? '30,1,pro,x' : 'x,1,pro,x',
    );
    const input = csv('many.csv', 'age,paid,plan,note', ...rows);
    const { stdout, stderr } = await run('predict', churn, '--input', input);
    const lines = stdout.split('\n').slice(1, -1);
    expect(lines.filter((line) => line === ',,')).toHaveLength(2500);
    expect(lines.every((line, row) => (line === ',,') === (row % 2 === 1))).toBe(true);
    expect(stderr.trim().split('\n')).toHaveLength(22);
    expect(stderr).toContain('... and 2480 more');
  });
});

describe('the output', () => {
  test('has a row for a row without a prediction, also where it has one column', async () => {
    const two = smallEnsemble();
    const one = { outputs: 1, leafValues: two.leafValues.slice(0, 5), base: Float64Array.of(0) };
    const model = {
      ...smallModel(),
      stages: smallModel().stages.slice(0, 4),
      ensembles: [{ ...two, ...one }],
      answer: numbersOf(8),
    };
    await writePackage(at('plain.thicket'), withGolden(model));
    const input = csv('one-bad.csv', 'age,paid,plan', 'x,1,pro', '1,1,pro');
    const ended = await run('predict', at('plain.thicket'), '--input', input);
    expect(ended.stdout).toMatch(/^prediction\n""\n[\d.]+\n$/);
  });

  test('may take the place of the input', async () => {
    const lines = ['age,paid,plan', '30,1,pro', '50,0,basic'];
    const wanted = await run('predict', churn, '--input', csv('kept.csv', ...lines));
    const both = csv('both.csv', ...lines);
    expect((await run('predict', churn, '--input', both, '--output', both)).code).toBe(0);
    expect(readFileSync(both, 'utf8')).toBe(wanted.stdout);
  });

  test('of an earlier run stays when the input cannot be read to its end', async () => {
    writeFileSync(at('before.csv'), 'earlier\n');
    const rows = Array.from({ length: 9_000 }, () => '30,1,pro');
    const input = csv('cut.csv', 'age,paid,plan', ...rows, '1,1,"pro');
    const ended = await run('predict', churn, '--input', input, '--output', at('before.csv'));
    expect(ended.code).toBe(1);
    expect(readFileSync(at('before.csv'), 'utf8')).toBe('earlier\n');
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('goes straight into a device', async () => {
    const input = csv('small.csv', 'age,paid,plan', '30,1,pro');
    const ended = await run('predict', churn, '--input', input, '--output', '/dev/null');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('predict in vain', () => {
  test('refuses a folder by its name', async () => {
    const ended = await run('predict', churn, '--input', directory);
    expect(ended.stderr).toContain(`thicket: ${directory} cannot be read: `);
  });

  test('leaves nothing behind where there is no table', async () => {
    const ended = await run('predict', churn, '--input', at('none.csv'));
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('none.csv cannot be read: ');
  });

  test.each([
    {
      name: 'lacks columns',
      lines: ['age,note', '1,x'],
      words: 'lacks 2 of the columns that the model reads: paid, plan',
    },
    { name: 'has a column twice', lines: ['age,age,paid,plan'], words: 'two columns named age' },
    { name: 'is empty', lines: [], words: 'is empty' },
    {
      name: 'has an open quote',
      lines: ['age,paid,plan', '1,1,"pro'],
      words: 'line 2: it has a quote that is never closed',
    },
  ])('refuses a table that $name', async ({ lines, words }) => {
    const ended = await run('predict', churn, '--input', csv('refused.csv', ...lines));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(words);
    expect(ended.stderr).not.toContain('bug');
  });

  test.each([
    { name: 'UTF-16', bytes: Buffer.from('\ufeffage,paid,plan\n1,1,pro\n', 'utf16le') },
    { name: 'UTF-16 or no text at all', bytes: Buffer.from('age,paid,plan\n', 'utf16le') },
    { name: 'compressed by gzip', bytes: gzipSync('age,paid,plan\n1,1,pro\n') },
  ])('refuses by its name what is $name', async ({ name, bytes }) => {
    writeFileSync(at('other.csv'), bytes);
    const ended = await run('predict', churn, '--input', at('other.csv'));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`other.csv is ${name}: `);
  });

  test('says so when the output cannot be written', async () => {
    const input = csv('fine.csv', 'age,paid,plan', '1,1,pro');
    const ended = await run(
      'predict',
      churn,
      '--input',
      input,
      '--output',
      at('no/such/folder.csv'),
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^thicket: .*no such file.*\n$/);
  });
});

test('import does not write a package over the model file that it reads', async () => {
  const model = at('only-copy.joblib');
  copyFileSync(join(EXAMPLE, 'model.joblib'), model);
  symlinkSync(model, at('link.thicket'));
  for (const out of [model, at('link.thicket')]) {
    const ended = await run('import', model, '--out', out);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('is the model file itself');
  }
  expect(readFileSync(model).equals(readFileSync(join(EXAMPLE, 'model.joblib')))).toBe(true);
});

test('import says which package it cannot write', async () => {
  const out = at('no/such/model.thicket');
  const ended = await run('import', churn, '--out', out);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain(`thicket: ${out} cannot be written: ENOENT`);
});

test('a package keeps its own name, and a foreign file takes the one it is given', async () => {
  const options = { name: 'given', target: 'margin' };
  expect((await loadModel(churn, options)).metadata).toMatchObject({ name: 'churn', version: '3' });
  const foreign = await loadModel(join(EXAMPLE, 'model.joblib'), options);
  expect(foreign.metadata).toMatchObject(options);
  expect(foreign.golden.inputs).toHaveLength(64);
});

describe('show', () => {
  test('tells everything as JSON', async () => {
    const { stdout, code } = await run('show', churn, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'churn',
      sourceLibrary: 'scikit-learn',
      task: 'classification',
      classes: [['stays', 'leaves']],
      trees: 2,
      nodes: 8,
      depth: 2,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      fields: [
        { name: 'age', integer: true, minimum: 0, maximum: 130, missing: 'accept' },
        { name: 'paid', type: 'boolean', missing: 'reject' },
        { name: 'plan', categories: ['basic', 'pro'], unknown: 'accept' },
        { name: 'note' },
      ],
    });
  });

  test('prints a table of the fields', async () => {
    const { stdout } = await run('show', churn);
    expect(stdout).toMatch(/^model +churn 3$/m);
    expect(stdout).toMatch(/^age +integer +0 to 130 +accept$/m);
    expect(stdout).toMatch(/^plan +text +accept +accept +basic, pro$/m);
  });

  test('refuses a damaged package in one sentence', async () => {
    const bytes = readFileSync(churn);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(at('flipped.thicket'), bytes);
    const ended = await run('show', at('flipped.thicket'));
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^thicket: .*damaged.*\n$/);
  });
});

describe('a command line', () => {
  test.each([
    { name: 'an unknown command', args: ['predcit'] },
    { name: 'an unknown option', args: ['show', 'm', '--jsn'] },
    { name: 'a missing argument', args: ['show'] },
    { name: 'a missing required option', args: ['predict', 'm'] },
    { name: 'no command at all', args: [] },
  ])('that is wrong exits with 2: $name', async ({ args }) => {
    const ended = await run(...args);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).not.toBe('');
  });

  test.each([
    ['--help'],
    ['import', '--help'],
    ['predict', '--help'],
    ['bench', '--help'],
    ['--version'],
  ])('that asks for help gets it on stdout and exits with 0: %s %s', async (...args) => {
    const ended = await run(...args.filter((arg) => arg !== undefined));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).not.toBe('');
  });
});

/** A model of one linear sum of a field, which is not finite where the field is huge. */
function linearModel(): Model {
  return {
    ...smallModel(),
    fields: [{ name: 'x', type: 'number' }],
    stages: [
      { kind: 'linear', inputs: [0], weights: Float64Array.of(4), intercepts: Float64Array.of(1) },
    ],
    ensembles: [],
    answer: { ...numbersOf(1), scores: [{ name: 'margin', values: [1] }] },
  };
}

describe('a model without trees', () => {
  let linear: string;
  beforeAll(async () => {
    linear = at('linear.thicket');
    await writePackage(linear, withGolden(linearModel()));
  });

  test('predicts; a row whose answer is not finite alone has none', async () => {
    const input = csv('huge.csv', 'x', '0.5', '1e308', '-2', 'NaN');
    const { stdout, stderr, code } = await run('predict', linear, '--input', input, '--raw');
    expect(code).toBe(1);
    expect(stdout).toBe('prediction,margin\n3,3\n,\n-7,-7\n,\n');
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      "line 3: The model's answer is not a finite number",
      "line 5: The model's answer is not a finite number",
    ]);
    expect(stderr).toContain('2 of 4 rows have no prediction');
  });

  test('is shown without them', async () => {
    const { stdout } = await run('show', linear);
    expect(stdout).toMatch(/^trees +none$/m);
    expect(stdout).toMatch(/^features +1 fields, through linear$/m);
    expect(stdout).toMatch(/^scores +margin$/m);
  });

  test('is measured by its answers', async () => {
    const { stdout, code } = await run('bench', linear, '--json');
    expect(code).toBe(0);
    const { timings } = JSON.parse(stdout) as {
      timings: { nativeNsPerRow: number; answerNsPerRow: number }[];
    };
    for (const { nativeNsPerRow, answerNsPerRow } of timings) {
      expect(nativeNsPerRow).toBe(0);
      expect(answerNsPerRow).toBeGreaterThan(0);
    }
  });
});

test('bench checks the answers and prints three batches', async () => {
  const { stdout, code } = await run('bench', churn, '--json');
  expect(code).toBe(0);
  const { timings, kernel } = JSON.parse(stdout) as {
    kernel: string;
    timings: { batch: number; nsPerRow: number; nativeNsPerRow: number }[];
  };
  expect(kernel).not.toBe('');
  expect(timings.map(({ batch }) => batch)).toEqual([1, 64, 4096]);
  expect(timings.every(({ nsPerRow, nativeNsPerRow }) => nsPerRow > 0 && nativeNsPerRow > 0)).toBe(
    true,
  );
});
