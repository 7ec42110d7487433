import { describe, expect, test } from 'vitest';
import { EncodingEvidence } from '../../src/table/encoding.ts';
import { StreamText, textOfFile } from '../../src/table/text.ts';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function asFile(bytes: Buffer): Promise<string> {
  const evidence = new EncodingEvidence();
  evidence.read(bytes);
  const text = textOfFile(pieces(bytes, 3), evidence.finish());
  return `${JSON.stringify(text.encoding)} ${await joined(text.chunks())}`;
}

async function asStream(bytes: Buffer, size: number): Promise<string> {
  const text = new StreamText(pieces(bytes, size), 'stdin');
  const all = await joined(text.chunks());
  return `${JSON.stringify(text.encoding)} ${all}`;
}

async function joined(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf8 = (text: string): Buffer => Buffer.from(text);

describe('an encoding', () => {
  test.each([
    { name: 'ASCII', bytes: utf8('a,b\n1,2\n'), is: 'utf-8', damaged: false },
    { name: 'UTF-8', bytes: utf8('Zürich €\n'), is: 'utf-8', damaged: false },
    { name: 'Windows-1252', bytes: latin('Z\xfcrich \x80\n'), is: 'windows-1252', damaged: false },
    {
      name: 'mostly UTF-8',
      bytes: Buffer.concat([utf8('Zürich, Öhr\n'), latin('\xfc\n')]),
      is: 'utf-8',
      damaged: true,
    },
    {
      name: 'mostly Windows-1252',
      bytes: Buffer.concat([utf8('Zürich\n'), latin('\xfc \xe4\n')]),
      is: 'windows-1252',
      damaged: false,
    },
    {
      name: 'a byte order mark, whatever follows',
      bytes: Buffer.concat([utf8('\ufeff'), latin('\xfc \xe4 \xf6 \xdf\n')]),
      is: 'utf-8',
      damaged: true,
    },
    {
      name: 'UTF-8, cut off',
      bytes: utf8('€, €, €, €').subarray(0, -1),
      is: 'utf-8',
      damaged: true,
    },
  ])('$name', async ({ bytes, is, damaged }) => {
    const read = await asFile(bytes);
    expect(read).toContain(JSON.stringify({ name: is, damaged }));
    for (const size of [3, 4, 1_000]) {
      const stream = await asStream(bytes, size).catch((error: Error) => error.message);
      // Its first letters say the other, so that its first rows would be wrong.
      if (stream.startsWith('stdin begins as')) expect(stream).toContain(`is ${is} as a whole`);
      else expect(stream).toBe(read);
    }
  });

  test('has the letters of its own, and not those of Latin-1', async () => {
    expect(await asFile(latin('\x80 \x93\xfc\x94 \x9f'))).toContain('€ “ü” Ÿ');
  });

  test('of a stream whose letters change sides is refused at its end', async () => {
    const bytes = Buffer.concat([utf8('ü\n'), latin('\xe4\n\xf6\n')]);
    await expect(asStream(bytes, 2)).rejects.toThrow(
      'stdin begins as utf-8 and is windows-1252 as a whole: read it from a file.',
    );
    const other = Buffer.concat([latin('\xe4\n'), utf8('ü ö ß\n')]);
    await expect(asStream(other, 2)).rejects.toThrow('begins as windows-1252 and is utf-8');
  });
});
