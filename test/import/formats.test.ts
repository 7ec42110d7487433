import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { importModel } from '../../src/import/load-model.ts';
import { writeZip } from './fuzz/zip.mjs';

const FIXTURES = join('test', 'parity', 'sklearn', 'fixtures');
const folder = mkdtempSync(join(tmpdir(), 'thicket-open-'));
afterAll(() => rmSync(folder, { recursive: true }));

const refused = async (path: string): Promise<string> => {
  const error: unknown = await importModel(path).catch((reason: unknown) => reason);
  if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
  throw error instanceof Error ? error : new Error('it was taken');
};
const write = (name: string, bytes: string | Buffer): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

test.each([
  ['nothing in it', '', 'The file is empty.'],
  ['text', 'hello', 'The file is no pickle, joblib or skops file.'],
  ['a table', 'city,kind\nrome,a\n', /^The file is a table of text: it holds rows and no model: /],
  ['a packed table', gzipSync('city;kind\nrome;a\n'), /^The file is a table of text: /],
  [
    'a table whose first column is x0',
    'x0,x1\n1,2\n',
    /^The file is a table of text: it holds rows/,
  ],
  [
    'an Excel workbook',
    writeZip([{ name: 'xl/workbook.xml', data: Buffer.from('<workbook/>') }]),
    /^The file is an Excel workbook: it holds rows and no model/,
  ],
  ['a Parquet file', 'PAR1\u0015\u0004', /^The file is a Parquet file, which holds no model: /],
  ['JSON', '{"model": 1}', /^The file is JSON: it is no model that is known: models of scikit-l/],
  ['a model of XGBoost in JSON', '{"learner":{}}', /^The file is an XGBoost model in JSON: it is/],
  [
    'a model of XGBoost in UBJSON',
    Buffer.from('{L\0\0\0\0\0\0\0\x07learner{'),
    'The file is an XGBoost model in UBJSON: it is not read yet: models of scikit-learn are read ' +
      '(pickle, joblib and skops files).',
  ],
  [
    "XGBoost's old binary",
    Buffer.concat([Buffer.from('binf'), Buffer.alloc(164), Buffer.from('gbtree')]),
    /^The file is an XGBoost model in XGBoost's old binary format: /,
  ],
  [
    "XGBoost's old binary without its first word",
    Buffer.concat([Buffer.alloc(168), Buffer.from('dart')]),
    /^The file is an XGBoost model in XGBoost's old binary format: /,
  ],
  ["LightGBM's text", 'tree\nversion=v4\n', /^The file is a LightGBM text model: it is not read/],
  ["LightGBM's JSON", '{"name":"tree",', /^The file is LightGBM's JSON dump of a model: /],
  ["CatBoost's binary", Buffer.from('CBM1\x08\0'), /^The file is a CatBoost model: /],
  ["CatBoost's JSON", '{"oblivious_trees": [', /^The file is a CatBoost model: /],
  [
    'an ONNX model',
    Buffer.from('\x08\x08\x12\x0bOnnxMLTools'),
    'The file is an ONNX model: it is not read yet: import the scikit-learn file that it was ' +
      'converted from.',
  ],
  [
    'PMML',
    '<?xml version="1.0"?>\n<PMML xmlns="',
    /^The file is a PMML document: .* converted from/,
  ],
  [
    'an HTML page',
    '\n<!DOCTYPE html><html>',
    /^The file is an HTML page: .* the model file itself/,
  ],
  [
    'a pointer of Git LFS',
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\n',
    /^The file is a pointer of Git LFS: .*git lfs pull/,
  ],
  [
    'a packed tar archive',
    gzipSync(Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar')])),
    /^The file is a tar archive: unpack it first/,
  ],
  ['the start of a zip archive', 'PK\u0003\u0004', /^The file is a damaged zip archive \(.*\)\.$/],
  ['zstd', Buffer.from('28b52ffd00', 'hex'), /compressed with zstd, .*zstd -d/],
  ['the start of bz2', 'BZh91AY', /its bz2 data is cut or wrong/],
  [
    'the start of xz',
    Buffer.from('fd377a585a00', 'hex'),
    /its xz data is cut or wrong \(it is cut\)/,
  ],
  ['the start of lzma', Buffer.from('5d00008000', 'hex'), /its lzma data is cut or wrong/],
  ['the start of lz4', Buffer.from('04224d18', 'hex'), /its lz4 data is cut or wrong/],
  ["the start of joblib's old format", 'ZF0x17', /its joblib's old zlib data is cut or wrong/],
])(
  'a file with %s is refused for what it is, whatever it is called',
  async (_, bytes, sentence) => {
    for (const name of ['model.pkl', 'model.json', 'model.onnx', 'model']) {
      expect(await refused(write(name, bytes))).toMatch(sentence);
    }
  },
);

test('a file that is not there', async () => {
  expect(await refused(join(folder, 'none.pkl'))).toMatch(/^There is no file /);
});

test('a folder that is no MLflow model', async () => {
  expect(await refused(folder)).toBe('The folder has no MLmodel file, so it is no MLflow model.');
});

const description = (flavor: string): string =>
  `artifact_path: model\nflavors:\n  python_function:\n    env:\n      conda: conda.yaml\n    loader_module: mlflow.pyfunc.model\n${flavor}`;
test.each([
  ['  xgboost:\n    data: model.xgb\n', /no sklearn flavor \(it has xgboost\)/],
  ['', /no sklearn flavor \(it has only Python's own, of mlflow\.pyfunc\.model\).*log_model/],
  ['  sklearn:\n    code: null\n', /does not say where its pickle is/],
  ['  sklearn:\n    pickled_model: ../../secret.pkl\n', /points out of its folder/],
  ['  sklearn:\n    pickled_model: ..\n', /points out of its folder/],
  [
    '  sklearn:\n    pickled_model: m.dill\n    serialization_format: dill\n',
    /is saved as dill: save it as pickle or cloudpickle or skops/,
  ],
  ['  sklearn:\n    pickled_model: absent.pkl\n', /There is no file/],
])('an MLmodel file that says %j', async (flavor, sentence) => {
  const model = mkdtempSync(join(folder, 'mlflow-'));
  writeFileSync(join(model, 'MLmodel'), description(flavor));
  expect(await refused(model)).toMatch(sentence);
});

test('an MLflow folder is its pickle, named and described', async () => {
  const model = join(folder, 'churn');
  mkdirSync(model);
  writeFileSync(
    join(model, 'MLmodel'),
    description(
      "  sklearn:\n    code: null\n    pickled_model: 'model.pkl'\n    serialization_format: cloudpickle\nmlflow_version: 3.1\n",
    ),
  );
  copyFileSync(join(FIXTURES, 'trees/best-first/1.9.1.pkl'), join(model, 'model.pkl'));
  const { metadata, fields } = await importModel(model, { target: 'margin' });
  expect(fields.map(({ name }) => name)).toEqual(['sales', 'quantity', 'discount']);
  expect(metadata).toMatchObject({
    name: 'churn',
    target: 'margin',
    sourceLibrary: 'scikit-learn',
    sourceVersion: '1.9.1',
    sourceKind: 'RandomForestRegressor',
  });
  expect(metadata.sourceDigest).toMatch(/^[0-9a-f]{64}$/);
});

test('an MLflow folder may hold a skops file', async () => {
  const model = join(folder, 'tree');
  mkdirSync(model);
  const flavor = '  sklearn:\n    pickled_model: model.skops\n    serialization_format: skops\n';
  writeFileSync(join(model, 'MLmodel'), description(flavor));
  const skops = join('test', 'import', 'fixtures', 'new', 'tree.skops');
  copyFileSync(skops, join(model, 'model.skops'));
  const { metadata } = await importModel(model);
  expect(metadata).toMatchObject({ sourceKind: 'DecisionTreeClassifier', sourceVersion: '1.5.1' });
});
