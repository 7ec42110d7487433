import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { CHUNK_BYTES_MAX } from '../../src/model/package/package-body.ts';
import { isPackage, readPackage, writePackage } from '../../src/model/package/package.ts';
import { KINDS } from '../../src/model/kinds/table.ts';
import type { Ensemble, Model } from '../../src/model/model.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import { seededRandom } from './random.ts';
import { smallEnsemble, smallModel } from './small-model.ts';

const HEADER_BYTES = 64;
let directory: string;
let file: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'thicket-package-'));
  file = join(directory, 'model.thicket');
});
afterAll(() => rmSync(directory, { recursive: true }));

function fullModel(): Model {
  const { stages, answer, ...small } = smallModel();
  return {
    ...small,
    stages: [
      ...stages,
      {
        kind: 'lookup',
        inputs: [2],
        categories: [['pro', null]],
        numbers: Float64Array.of(-0, 7),
        unknown: 'others',
        others: Float64Array.of(Number.NaN),
      },
      { kind: 'require', inputs: [13], missing: 'accept', type: 'float64' },
    ],
    answer: { ...answer, scores: [{ name: 'votes', values: [8, 9] }] },
    metadata: { ...small.metadata, profile: 'churn', idField: 'id', positiveClass: 'Yes' },
    histograms: [
      { field: 0, edges: Float64Array.of(0, 40, 130), counts: Float64Array.of(3, 5), missing: 2 },
    ],
    golden: {
      inputs: [
        [-0, true, 'pro', null],
        [null, false, '', 'naïve 🌲'],
      ],
      raw: Float64Array.of(1, 2, Number.MIN_VALUE, -0),
      outputs: Float64Array.of(1, 0.5, 1, 1, 2, 0, 0.1, 1 / 3, -0, Number.MIN_VALUE),
    },
  };
}

async function packed(model: Model): Promise<Buffer> {
  await writePackage(file, model);
  return readFileSync(file);
}

async function readBytes(bytes: Uint8Array): Promise<Model> {
  const path = join(directory, 'changed.thicket');
  writeFileSync(path, bytes);
  return readPackage(path);
}

/** A package around any body, with the header that belongs to it. */
function around(body: Uint8Array, major = 2): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('THICKET', 'latin1');
  header[7] = major;
  header.writeBigUInt64LE(BigInt(body.length), 8);
  createHash('sha256').update(body).digest().copy(header, 16);
  return Buffer.concat([header, body]);
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await readBytes(bytes).then(
    () => new Error('the package was read'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ThicketError);
  expect((error as ThicketError).code).toBe('MODEL_REFUSED');
  return (error as ThicketError).message;
}

describe('a package', () => {
  test('gives back the model it was written from', async () => {
    await writePackage(file, fullModel());
    const model = await readPackage(file);
    expect(model).toStrictEqual(fullModel());
    expect(Object.is(model.golden.inputs[0]![0], -0)).toBe(true);
    expect(await isPackage(file)).toBe(true);
    expect(() => compilePlan(model)).not.toThrow();
  });

  test('keeps the type of sums, and tells older readers to keep out where it is new to them', async () => {
    const [ensemble] = smallModel().ensembles;
    const model: Model = { ...smallModel(), ensembles: [{ ...ensemble!, sums: 'float32' }] };
    const bytes = await packed(model);
    expect(await readPackage(file)).toStrictEqual(model);
    // A kind of stage that this reader knows under no such name: one that knows no sums refuses it.
    expect(bytes.includes('treesInFloat32')).toBe(true);
    expect(Object.keys(KINDS)).not.toContain('treesInFloat32');
    expect((await packed(smallModel())).includes('treesInFloat32')).toBe(false);
  });

  test('holds covers where there are any, at 8 bytes a node, and not a byte where there are none', async () => {
    const model = fullModel();
    const [ensemble] = model.ensembles as [Ensemble];
    const nodes = ensemble.feature.length + ensemble.leafValues.length / ensemble.outputs;
    const covers = Float64Array.from({ length: nodes }, (_, node) => node / 3);
    const covered = { ...model, ensembles: [{ ...ensemble, covers }] };
    const none = (await packed(model)).length;
    const grown = (await packed(covered)).length - none;
    expect(await readPackage(file)).toStrictEqual(covered);
    // Besides, the array's number, type and length, and the frame of its chunk.
    expect(grown).toBeGreaterThanOrEqual(8 * nodes);
    expect(grown).toBeLessThan(8 * nodes + 32);
  });

  test('holds arrays of more than one chunk', async () => {
    const values = Float64Array.from({ length: CHUNK_BYTES_MAX / 8 + 1000 }, (_, at) => at / 3);
    const ensemble = { ...smallEnsemble(), leafValues: values };
    await writePackage(file, { ...smallModel(), ensembles: [ensemble] });
    const model = await readPackage(file);
    expect(
      Buffer.compare(
        Buffer.from(model.ensembles[0]!.leafValues.buffer),
        Buffer.from(values.buffer),
      ),
    ).toBe(0);
  });

  test('replaces an older one and leaves nothing else behind', async () => {
    await writePackage(file, smallModel());
    await writePackage(file, fullModel());
    expect(readdirSync(directory).filter((name) => name.includes('.tmp'))).toEqual([]);
    expect((await readPackage(file)).histograms).toHaveLength(1);
  });

  test('is whole when several write it at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => writePackage(file, fullModel())));
    expect(await readPackage(file)).toStrictEqual(fullModel());
    expect(readdirSync(directory).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('leaves the older one alone when the new one cannot be written', async () => {
    await writePackage(file, smallModel());
    const broken = { ...smallModel(), golden: null } as unknown as Model;
    await expect(writePackage(file, broken)).rejects.toThrow();
    expect(await readPackage(file)).toStrictEqual(smallModel());
    expect(readdirSync(directory).filter((name) => name.includes('.tmp'))).toEqual([]);
  });
});

describe('what a newer minor version wrote', () => {
  const unknown = protobuf.Writer.create()
    .uint32((90 << 3) | 2)
    .string('from the future')
    .finish();

  test('is kept when the package is written again, wherever it stood', async () => {
    const original = await packed(fullModel());
    const body = original.subarray(HEADER_BYTES);
    const readIn = await readBytes(around(insertEverywhere(body, unknown)));
    expect(await packed(readIn)).toEqual(around(insertEverywhere(body, unknown)));
    expect(await packed({ ...readIn, stages: [...readIn.stages] })).toEqual(
      around(insertEverywhere(body, unknown)),
    );
  });

  test('is kept with the arrays that only it refers to, under their numbers', async () => {
    const extra = smallEnsemble();
    const both = { ...smallModel(), ensembles: [smallEnsemble(), extra] };
    const body = (await packed(both)).subarray(HEADER_BYTES);
    // As an older reader would see a newer kind of part: field 3 becomes field 90, unknown to us.
    const records = recordsOf(body);
    const second = records.findIndex(({ tag }) => tag >>> 3 === 3) + 1;
    const asNewer = retag(records[second]!.content, 90);
    const newer = Buffer.concat([
      ...records.filter((_, at) => at !== second).map(({ bytes }) => bytes),
      asNewer,
    ]);
    const model = await readBytes(around(newer));
    expect(model.ensembles).toHaveLength(1);
    const again = recordsOf((await packed(model)).subarray(HEADER_BYTES));
    const sorted = (list: typeof again) =>
      list.map(({ bytes }) => Buffer.from(bytes).toString('hex')).toSorted();
    expect(sorted(again)).toEqual(sorted(recordsOf(newer)));
  });
});

describe('a damaged package is refused', () => {
  test('with any one byte flipped', async () => {
    const bytes = await packed(fullModel());
    const random = seededRandom(7);
    const positions = [
      ...Array.from({ length: HEADER_BYTES }, (_, at) => at),
      ...Array.from({ length: 200 }, () => Math.floor(random() * bytes.length)),
    ];
    for (const at of positions) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << Math.floor(random() * 8);
      expect(await refusal(flipped), `byte ${at}`).not.toBe('');
    }
  });

  test('cut anywhere, or with a byte too many', async () => {
    const bytes = await packed(fullModel());
    const random = seededRandom(8);
    const lengths = [0, 1, 7, 8, 63, 64, bytes.length - 1];
    for (let cut = 0; cut < 100; cut++) lengths.push(Math.floor(random() * bytes.length));
    for (const length of lengths) await refusal(bytes.subarray(0, length));
    expect(await refusal(Buffer.concat([bytes, Buffer.of(0)]))).toContain('bytes long');
  });

  test.each([1, 3])('of another major version, by its number: %d', async (major) => {
    const body = (await packed(smallModel())).subarray(HEADER_BYTES);
    expect(await refusal(around(body, major))).toContain(`format version ${major}`);
  });
});

const writer = (): protobuf.Writer => protobuf.Writer.create();
const declaring = (length: number): Uint8Array =>
  writer()
    .uint32((14 << 3) | 2)
    .fork()
    .uint32(8)
    .uint32(4)
    .uint32(16)
    .uint32(length)
    .ldelim()
    .finish();

const chunk = (array: number, bytes: number): Uint8Array =>
  writer()
    .uint32((15 << 3) | 2)
    .fork()
    .uint32(8)
    .uint32(array)
    .uint32(18)
    .bytes(Buffer.alloc(bytes))
    .ldelim()
    .finish();

describe('a hostile package is refused', () => {
  test('when it declares arrays that it does not hold', async () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(around(declaring(0xffff_ffff)))).toContain('declares arrays of');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('when it is made of more records than a model can have', async () => {
    const fields = Buffer.alloc(1024 * 1024, Buffer.of((1 << 3) | 2, 0));
    expect(await refusal(around(fields))).toContain('records');
  });

  test('when its description is too long', async () => {
    const field = retag(Buffer.alloc(3 * 1024 * 1024), 1);
    expect(await refusal(around(Buffer.concat([field, field])))).toContain('description is longer');
  });

  test('when a record says that it is longer than the file', async () => {
    const body = writer()
      .uint32((5 << 3) | 2)
      .uint32(1_000_000)
      .finish();
    expect(await refusal(around(body))).toContain('record of 1000000 bytes');
  });

  test('when a chunk overflows its array, or belongs to none', async () => {
    expect(await refusal(around(Buffer.concat([declaring(1), chunk(0, 9)])))).toContain('no room');
    expect(await refusal(around(Buffer.concat([declaring(1), chunk(5, 1)])))).toContain('no room');
    expect(await refusal(around(Buffer.concat([declaring(2), chunk(0, 8)])))).toContain(
      '8 of its 16',
    );
  });

  test('or read, but never worse, after any change of its content that its digest covers', async () => {
    const body = (await packed(fullModel())).subarray(HEADER_BYTES);
    const random = seededRandom(9);
    let refused = 0;
    for (let round = 0; round < 600; round++) {
      const changed = Buffer.from(body);
      for (let flips = Math.floor(random() * 3); flips >= 0; flips--) {
        changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
      }
      const cut = random() < 0.2 ? Math.floor(random() * changed.length) : changed.length;
      try {
        compilePlan(await readBytes(around(changed.subarray(0, cut))));
      } catch (error) {
        expect(error, String((error as Error).stack)).toBeInstanceOf(ThicketError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

interface WireRecord {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly bytes: Uint8Array;
}

function recordsOf(body: Uint8Array): WireRecord[] {
  const records: WireRecord[] = [];
  const reader = protobuf.Reader.create(body);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const length = reader.uint32();
    const content = body.subarray(reader.pos, reader.pos + length);
    reader.skip(length);
    records.push({ tag, content, bytes: body.subarray(start, reader.pos) });
  }
  return records;
}

function retag(content: Uint8Array, field: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .bytes(content)
    .finish();
}

/**
 * Adds the unknown field to the package and to the messages of fields 1 to 7, and to the outputs
 * and scores of the answer. (Inside of a stage's parameters there is nothing that may be unknown.)
 */
function insertEverywhere(body: Uint8Array, unknown: Uint8Array): Buffer {
  const parts = recordsOf(body).map(({ tag, content, bytes }) => {
    const field = tag >>> 3;
    if (field > 7) return Buffer.from(bytes);
    const inner = field === 4 ? insertInAnswer(content, unknown) : content;
    return Buffer.from(retag(Buffer.concat([inner, unknown]), field));
  });
  const firstArray = recordsOf(body).findIndex(({ tag }) => tag >>> 3 === 14);
  const firstChunk = recordsOf(body).findIndex(({ tag }) => tag >>> 3 === 15);
  expect(firstArray).toBeGreaterThan(0);
  return Buffer.concat([...parts.slice(0, firstChunk), unknown, ...parts.slice(firstChunk)]);
}

function insertInAnswer(answer: Uint8Array, unknown: Uint8Array): Buffer {
  const outputs = recordsOf(answer).map(({ tag, content }) => {
    if (tag >>> 3 === 2) return retag(Buffer.concat([content, unknown]), 2);
    const [kind] = recordsOf(content);
    const within = retag(Buffer.concat([kind!.content, unknown]), kind!.tag >>> 3);
    return retag(Buffer.concat([within, unknown]), tag >>> 3);
  });
  return Buffer.concat(outputs);
}
