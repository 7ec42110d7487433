/**
 * `npm run formats`: writes docs/formats.md, the table of what is read from scikit-learn's files, from the
 * importers' own tables and the fixtures that prove them, so that nothing is claimed that no test holds.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readFixtures } from '../../test/parity/read-fixtures.mjs';
import { ROOT } from '../../scripts/steps.mjs';

export const FORMATS = join(ROOT, 'docs/formats.md');
const FIXTURES = join(ROOT, 'test/parity/sklearn/fixtures');

/**
 * `models` and `steps` are the names of the classes that the importers know, `formats` the table of all
 * formats that are detected.
 */
export function formatsText({ models, steps, formats }) {
  const fixtures = provingFixtures();
  return `# Formats

Written by \`npm run formats\` from the importers' tables and the fixtures in \`test/parity/sklearn\`:
a version stands here only where a model that it wrote gives the same numbers. Versions between two that
are named are read by the same code. A class or an option that is not understood is refused by name.

## Files

${fileTable(fixtures)}

Besides, [test/import/files.test.ts](../test/import/files.test.ts) holds one model to the same numbers in
pickle protocols 0 to 5, in joblib's zlib, gzip, bz2, lzma, xz and lz4, with its arrays in files beside it
(joblib before 0.10), as Python 2, cloudpickle and skops write it, and inside of searches, dictionaries and
lists; [wrappers.test.ts](../test/import/wrappers.test.ts) does so in sklearn2pmml and sklearn_pandas, and
[variants.test.ts](../test/import/variants.test.ts) in files of dill and of machines with 32 bits or the other
byte order. Several objects that were dumped into one file are read as a list of them: a model with a scaler
behind it is refused as one with a scaler beside it, and \`--key 0\` names the first.

These formats are detected too, whatever a file is called, and refused with the way out:

${refusedTable(formats)}

## Where numbers may differ

Thresholds, sums over trees and all that is made of +, -, x and / are the library's to the last bit, on every CPU.
Three kinds of numbers are not settled by the library itself:

- **Functions of numpy.** numpy has other code for \`exp\`, \`log\` and their kin on CPUs with AVX-512, so the library
  answers some rows an ulp apart on two CPUs. Thicket rounds these functions correctly on every CPU. The table says
  how many of numpy's results differ from that by an ulp (100,000 values each, glibc 2.36,
  [roundings.py](../test/parity/sklearn/roundings.py)).
- **Sums of BLAS** in linear models, PCA and logistic regression: their order depends on the CPU, the library and the
  number of rows. Thicket adds in the order of the columns.
- **The start of a GradientBoostingClassifier** of two classes. scikit-learn 1.4 and newer take scipy's \`logit\`, which
  scipy 1.15 computes in another form for shares of 0.3 to 0.65. The file does not name scipy. Thicket takes the form
  that was current: before 1.15 for scikit-learn up to 1.6.0, the new one from 1.6.1 on. \`loadModel\` takes the other
  form as \`logitForm\`; with another scipy than that, raw scores are an ulp off.

| numpy | CPU | \`log\` | \`log1p\` | \`log2\` | \`log10\` | \`exp\` | \`expm1\` | \`exp2\` | \`power\` |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 1.16 | every | 0.0 % | 1.6 % | 0.1 % | 4.2 % | 0.1 % | 5.8 % | 0.1 % | 0.1 % |
| 1.20 | with AVX-512 | 5.0 % | 1.6 % | 0.1 % | 4.2 % | 0.3 % | 5.8 % | 0.1 % | 0.1 % |
| 1.26 | with AVX-512 | 2.3 % | 16.0 % | 2.2 % | 7.0 % | 23.7 % | 12.3 % | 27.4 % | 27.5 % |
| 2.3, 2.5 | with AVX-512 | 0.0 % | 0.5 % | 0.0 % | 0.0 % | 4.6 % | 0.0 % | 5.3 % | 5.3 % |
| 1.20, 1.26, 2.3 | without AVX-512 | 0.0 % | 1.6 % | 0.1 % | 4.2 % | 0.1 % | 5.8 % | 0.1 % | 0.1 % |

Behind the trees (probabilities of boosting, a target's inverse) such a number is an ulp off and nothing else. Before
the trees (\`PowerTransformer\`, \`FunctionTransformer\` of \`log1p\`, ...) a row whose value lies beside a threshold may
take the other branch, as it does between two CPUs in the library. The parity tests take the first within the
fixture's \`ulps\` and the second for at most 2 % of the rows of a fixture, each of which must lie beside a threshold.

An integer beyond 2^53 is read as the nearest double. The library rounds an int64 column of a table of integers
straight to float32; that differs only where the double lies in the middle between two float32.

## Models of scikit-learn

${classTable(models, fixtures)}

## Transformers of scikit-learn

${classTable(steps, fixtures)}
`;
}

function provingFixtures() {
  return readFixtures(FIXTURES)
    .map(({ name, sklearn, written, parts }) => {
      return { name, version: minorOf(sklearn), written, parts };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name) || byVersion(a.version, b.version));
}

function minorOf(version) {
  return version.split('.').slice(0, 2).join('.');
}

function byVersion(a, b) {
  const [[aMajor, aMinor], [bMajor, bMinor]] = [a, b].map((text) => text.split('.').map(Number));
  return aMajor - bMajor || aMinor - bMinor;
}

function sortedWords(words) {
  return [...new Set(words)].toSorted((a, b) => a.localeCompare(b));
}

function versionsOf(fixtures) {
  return [...new Set(fixtures.map(({ version }) => version))].toSorted(byVersion).join(', ');
}

function fileTable(fixtures) {
  const ways = sortedWords(fixtures.map(({ written }) => written));
  const rows = ways.map((way) => [
    way,
    versionsOf(fixtures.filter(({ written }) => written === way)),
  ]);
  return table(['written as', 'proved with'], rows);
}

function refusedTable(formats) {
  const refused = formats.filter(({ wayOut }) => wayOut !== undefined);
  return table(
    ['the file is', 'way out'],
    refused.map(({ name, wayOut }) => [name, wayOut]),
  );
}

function classTable(names, fixtures) {
  const rows = sortedWords(names).map((name) => {
    const proving = fixtures.filter(({ parts }) => parts.some((part) => part.class === name));
    return [`\`${name}\``, versionsOf(proving), optionsOf(name, proving), namesOf(proving)];
  });
  return table(['class', 'proved with', 'options beyond the defaults', 'fixtures'], rows);
}

/** Each option with the words that it had; numbers and lists are the model's own. */
function optionsOf(name, fixtures) {
  const options = new Map();
  for (const { class: each, options: used } of fixtures.flatMap(({ parts }) => parts)) {
    if (each !== name) continue;
    for (const [option, value] of Object.entries(used)) {
      options.set(option, (options.get(option) ?? new Set()).add(wordOf(value)));
    }
  }
  return [...options]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([option, values]) => {
      const words = sortedWords([...values].filter((word) => word !== null));
      return `\`${option}\`${words.length === 0 ? '' : ` (${words.join(', ')})`}`;
    })
    .join(', ');
}

/** The name of a container's type does not say what was proved. */
const CONTAINERS = new Set(['list', 'tuple', 'dict', 'ndarray', 'slice', 'function', 'type']);

function wordOf(value) {
  if (typeof value === 'number' || CONTAINERS.has(value)) return null;
  return String(value).replaceAll('|', '\\|');
}

function namesOf(fixtures) {
  return [...new Set(fixtures.map(({ name }) => name))].join(', ');
}

const line = (cells) => `| ${cells.join(' | ')} |`;

function table(head, rows) {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  const { STEPS } = await import('../../dist/src/import/sklearn/pipeline.js');
  const { PREDICTORS } = await import('../../dist/src/import/sklearn/predictors.js');
  const { FORMATS: formats } = await import('../../dist/src/import/formats.js');
  const tables = { models: Object.keys(PREDICTORS), steps: Object.keys(STEPS), formats };
  writeFileSync(FORMATS, formatsText(tables));
}
