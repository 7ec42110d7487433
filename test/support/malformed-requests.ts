/** A message that breaks a rule of RFC 9112, and the only status that may answer it. */
export interface MalformedRequest {
  readonly name: string;
  readonly bytes: string;
  readonly status: 400 | 431 | 501 | 505;
}

const BODY = JSON.stringify({ sales: 250.5, quantity: 3, segment: 'Corporate' });
const LENGTH = `Content-Length: ${BODY.length}`;
const LINE = 'POST /predict HTTP/1.1';
const HOST = 'Host: x';
const TYPE = 'Content-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';

/** A whole request: what a reader that ends the message before it too early takes for the next one. */
const SMUGGLED = `${LINE}\r\n${HOST}\r\n${TYPE}\r\n${LENGTH}\r\n\r\n${BODY}`;

function message(lines: readonly string[], body = BODY, line = LINE): string {
  return `${[line, ...lines].join('\r\n')}\r\n\r\n${body}${SMUGGLED}`;
}

const LAST_CHUNK = '0\r\n\r\n';
const ONE_CHUNK = `${BODY.length.toString(16)}\r\n${BODY}\r\n`;
const chunked = (body: string): string => message([HOST, TYPE, CHUNKED], body);
const get = (line: string): string => message([HOST], '', line);

const LENGTHS: readonly MalformedRequest[] = [
  ['two lengths that differ', [HOST, TYPE, LENGTH, 'Content-Length: 5']],
  ['two lengths that agree', [HOST, TYPE, LENGTH, LENGTH]],
  ['a list of lengths', [HOST, TYPE, `Content-Length: ${BODY.length}, ${BODY.length}`]],
  ['a length with a sign', [HOST, TYPE, `Content-Length: +${BODY.length}`]],
  ['a negative length', [HOST, TYPE, 'Content-Length: -1']],
  ['a length in hex', [HOST, TYPE, `Content-Length: 0x${BODY.length.toString(16)}`]],
  ['a length with a space in it', [HOST, TYPE, 'Content-Length: 5 5']],
  ['a length with a fraction', [HOST, TYPE, 'Content-Length: 5.0']],
  ['an empty length', [HOST, TYPE, 'Content-Length:']],
  ['a length that is a word', [HOST, TYPE, 'Content-Length: many']],
  ['a length that overflows 64 bits', [HOST, TYPE, 'Content-Length: 18446744073709551621']],
  ['a length and an encoding', [HOST, TYPE, LENGTH, CHUNKED]],
  ['an encoding and a length', [HOST, TYPE, CHUNKED, 'Content-Length: 5']],
  ['an encoding twice', [HOST, TYPE, CHUNKED, CHUNKED]],
].map(([name, lines]) => ({
  name: name as string,
  bytes: message(lines as string[], BODY),
  status: 400,
}));

const ENCODINGS: readonly MalformedRequest[] = [
  'xchunked',
  'chunked, identity',
  'gzip, chunked',
  'identity',
  '"chunked"',
  'chunked;q=1',
  '\u000bchunked',
  'chunk ed',
].map((encoding) => ({
  name: `the encoding ${JSON.stringify(encoding)}`,
  bytes: message([HOST, TYPE, `Transfer-Encoding: ${encoding}`], ONE_CHUNK + LAST_CHUNK),
  status: encoding.startsWith('\u000b') ? 400 : 501,
}));

const CHUNKS: readonly MalformedRequest[] = [
  ['an extension', `${BODY.length.toString(16)};a=b\r\n${BODY}\r\n${LAST_CHUNK}`],
  ['an extension with a line end in it', `${BODY.length.toString(16)};\n${BODY}\r\n${LAST_CHUNK}`],
  ['a size that is no hex', `xyz\r\n${BODY}\r\n${LAST_CHUNK}`],
  ['a size with a prefix', `0x${BODY.length.toString(16)}\r\n${BODY}\r\n${LAST_CHUNK}`],
  ['a negative size', `-5\r\n${BODY}\r\n${LAST_CHUNK}`],
  ['no size', `\r\n${BODY}\r\n${LAST_CHUNK}`],
  ['a size that overflows', `fffffffffffffffff\r\n${BODY}\r\n${LAST_CHUNK}`],
  ['a space behind its size', `${BODY.length.toString(16)} \r\n${BODY}\r\n${LAST_CHUNK}`],
  ['a bare line feed behind its size', `${BODY.length.toString(16)}\n${BODY}\r\n${LAST_CHUNK}`],
  ['bytes behind its data', `${BODY.length.toString(16)}\r\n${BODY}xx\r\n${LAST_CHUNK}`],
  ['a bare line feed behind its data', `${BODY.length.toString(16)}\r\n${BODY}\n${LAST_CHUNK}`],
  ['a trailer at the end', `${ONE_CHUNK}0\r\nContent-Length: 5\r\n\r\n`],
].map(([name, body]) => ({ name: `a chunk with ${name}`, bytes: chunked(body!), status: 400 }));

const HEADS: readonly MalformedRequest[] = [
  { name: 'no Host', bytes: message([TYPE, LENGTH]), status: 400 },
  { name: 'two Hosts', bytes: message([HOST, 'Host: y', TYPE, LENGTH]), status: 400 },
  { name: 'a Host with a path', bytes: message(['Host: x/y', TYPE, LENGTH]), status: 400 },
  { name: 'a Host with a user', bytes: message(['Host: a@x', TYPE, LENGTH]), status: 400 },
  { name: 'a folded header', bytes: message([HOST, TYPE, 'X-A: b', ' c', LENGTH]), status: 400 },
  { name: 'a space before the colon', bytes: message([HOST, `Content-Length : 5`]), status: 400 },
  { name: 'a header without a colon', bytes: message([HOST, 'Content-Length 5']), status: 400 },
  { name: 'a header without a name', bytes: message([HOST, ': 5', LENGTH]), status: 400 },
  { name: 'a space in the name', bytes: message([HOST, 'X A: 5', LENGTH]), status: 400 },
  { name: 'a null byte in a value', bytes: message([HOST, 'X-A: a\u0000b', LENGTH]), status: 400 },
  { name: 'a bare CR in a value', bytes: message([HOST, 'X-A: a\rb', LENGTH]), status: 400 },
  { name: 'a bare LF in a value', bytes: message([HOST, 'X-A: a\nX-B: c', LENGTH]), status: 400 },
  { name: 'bare line feeds', bytes: `${LINE}\n${HOST}\n${LENGTH}\n\n${BODY}`, status: 400 },
  { name: 'an unprintable name', bytes: message([HOST, '\u0001X: 5', LENGTH]), status: 400 },
  {
    name: '1,000 headers',
    bytes: message([HOST, ...Array.from({ length: 1_000 }, (_, at) => `X-${at}: 1`), LENGTH]),
    status: 431,
  },
  {
    name: 'a header of 20,000 bytes',
    bytes: message([HOST, `X-A: ${'a'.repeat(20_000)}`, LENGTH]),
    status: 431,
  },
];

const LINES: readonly MalformedRequest[] = [
  { name: 'an unknown method', bytes: get('BREW /predict HTTP/1.1'), status: 501 },
  { name: 'a method in small letters', bytes: get('post /predict HTTP/1.1'), status: 501 },
  { name: 'HTTP/1.2', bytes: get('GET /health HTTP/1.2'), status: 505 },
  { name: 'HTTP/2.0', bytes: get('GET /health HTTP/2.0'), status: 505 },
  { name: "HTTP/2's preface", bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 505 },
  { name: 'HTTP/0.9', bytes: `GET /health\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'another protocol', bytes: get('GET /health HTCPCP/1.1'), status: 400 },
  { name: 'two spaces before the path', bytes: get('GET  /health HTTP/1.1'), status: 400 },
  { name: 'a space in the path', bytes: get('GET /a b HTTP/1.1'), status: 400 },
  { name: 'a tab for a space', bytes: get('GET\t/health HTTP/1.1'), status: 400 },
  { name: 'no path', bytes: get('GET HTTP/1.1'), status: 400 },
  { name: 'a path without a slash', bytes: get('GET health HTTP/1.1'), status: 400 },
  { name: 'a fragment in the path', bytes: get('GET /health#a HTTP/1.1'), status: 400 },
  { name: 'a method that is no token', bytes: get('G(T /health HTTP/1.1'), status: 400 },
  { name: 'an empty line first', bytes: `\r\n${get('GET /health HTTP/1.1')}`, status: 400 },
  { name: 'garbage', bytes: `garbage\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'a TLS hello', bytes: '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', status: 400 },
  {
    name: 'an encoding in HTTP/1.0',
    bytes: message([HOST, TYPE, CHUNKED], ONE_CHUNK + LAST_CHUNK, 'POST /predict HTTP/1.0'),
    status: 400,
  },
];

export const MALFORMED_REQUESTS: readonly MalformedRequest[] = [
  ...LENGTHS,
  ...ENCODINGS,
  ...CHUNKS,
  ...HEADS,
  ...LINES,
];
