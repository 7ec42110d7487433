/**
 * Bodies of the largest size that is allowed, each of another shape: they cost a server as much as a client
 * can make them. `row` is an ordinary one, as JSON text.
 */
export function shapes(row, bytes) {
  const inner = row.slice(1, -1);
  /** Repeats `part` between `start` and `end`, which stand at either end of a body of `bytes`. */
  const filled = (start, part, end) => {
    const room = bytes - Buffer.byteLength(start + end);
    return start + part.repeat(Math.floor(room / Buffer.byteLength(part))) + end;
  };
  const unknown = (start, part, end) => filled(`{"x":${start}`, part, `${end},${inner}}`);
  const nested = (open, close) => {
    const depth = Math.floor((bytes - inner.length - 10) / (open.length + close.length));
    return `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}`;
  };
  const known = (value) => `{${inner},"sales":${value}}`;
  const many = (from) =>
    Array.from({ length: Math.floor(bytes / 12) }, (_, at) => `"k${at + from}":1`);
  return [
    { name: 'lists within lists', body: `{"x":${nested('[', ']')},${inner}}` },
    { name: 'objects within objects', body: `{"x":${nested('{"a":', '}')},${inner}}` },
    { name: 'lists that nobody closes', body: '['.repeat(bytes) },
    { name: 'lists within a known field', body: known(nested('[', ']')) },
    { name: '__proto__ within __proto__', body: `{"x":${nested('{"__proto__":', '}')},${inner}}` },
    { name: 'half a million numbers', body: unknown('[1', ',1', ']') },
    { name: 'half a million features', body: filled('{"features":[1', ',1', ']}') },
    { name: 'truth values', body: unknown('[true', ',false,null', ']') },
    { name: 'empty lists', body: unknown('[[]', ',[]', ']') },
    { name: 'empty objects', body: unknown('[{}', ',{}', ']') },
    { name: 'a long unknown text', body: unknown('"', 'a', '"') },
    { name: 'a long known text', body: filled(`{${inner},"segment":"`, 'é', '"}') },
    { name: 'escapes', body: unknown('"', String.raw`\u0041\n`, '"') },
    { name: 'a huge number', body: filled(`{${inner},"sales":1`, '7', '}') },
    { name: 'huge exponents', body: unknown('[1e400', ',1e-999999', ']') },
    { name: 'one name again and again', body: filled('{"sales":1', ',"sales":2', `,${inner}}`) },
    { name: 'empty names', body: filled('{"":1', ',"":1', `,${inner}}`) },
    {
      name: 'unknown names',
      body: `{${many(0)
        .join()
        .slice(0, bytes - inner.length - 20)}":1,${inner}}`,
    },
    { name: 'an ordinary row and white space', body: filled(row, ' ', '') },
    { name: 'the same in chunks', body: filled(row, '\n', ''), chunked: true },
    { name: 'no JSON', body: 'x'.repeat(bytes) },
    { name: 'a mistake at the very end', body: filled('{"x":[1', ',1', `]${inner}}`) },
    { name: 'no UTF-8', body: Buffer.alloc(bytes, 0xff) },
    {
      name: 'raw ids',
      path: '/predict/batch/by-raw-ids',
      body: filled('{"raw_ids":[1', ',1', ']}'),
    },
    {
      name: 'texts for raw ids',
      path: '/predict/batch/by-raw-ids',
      body: filled('{"raw_ids":[""', ',""', ']}'),
    },
    { name: 'empty rows', path: '/predict/batch', body: filled('{"rows":[{}', ',{}', ']}') },
    { name: 'lists for rows', path: '/predict/batch', body: filled('{"rows":[[]', ',[[]]', ']}') },
  ];
}
