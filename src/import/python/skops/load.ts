import type { PickleValue } from '../pickle/values.ts';
import { Account } from '../pickle/memory-budget.ts';
import { refuse } from '../../../model/refuse.ts';
import { Archive } from './archive.ts';
import { SchemaReader } from './schema.ts';

const SCHEMA = 'schema.json';
/** The newest protocol of skops that is known (skops/io/_protocol.py). */
const PROTOCOL_MAX = 2;

/** Memory that JSON.parse takes for a bracket and a comma, measured on arrays of empty arrays. */
const BRACKET_BYTES = 80;
const COMMA_BYTES = 24;

/**
 * The one value of a .skops file, as the same plain data that a pickle gives: importers do not know the
 * difference. Nothing that the file names is looked up, so there are no types to be trusted or not.
 */
export async function loadSkops(bytes: Buffer, bytesMax: number): Promise<PickleValue> {
  const archive = await Archive.open(bytes, bytesMax);
  if (!archive.has(SCHEMA)) {
    refuse(`The file is a zip archive without ${SCHEMA}, so no skops file: unpack it first`);
  }
  const text = archive.read(SCHEMA);
  const account = new Account(bytes.length);
  chargeParse(text, account);
  const schema = parse(text);
  const { protocol } = schema as { protocol?: unknown };
  if (typeof protocol !== 'number' || !Number.isInteger(protocol) || protocol < 0) {
    refuse(`The file has a ${SCHEMA} without a protocol, so it is no skops file`);
  }
  if (protocol > PROTOCOL_MAX) {
    refuse(`The file is of skops protocol ${protocol}, and ${PROTOCOL_MAX} is the newest known`);
  }
  return new SchemaReader(archive, account).read(schema);
}

function parse(text: Buffer): object {
  try {
    const schema: unknown = JSON.parse(text.toString('utf8'));
    if (typeof schema === 'object' && schema !== null) return schema;
  } catch {
    // A text that is too long or no JSON: the sentence is the same.
  }
  return refuse(`The file is damaged: its ${SCHEMA} is no JSON object`);
}

/** Before it is parsed: a short file must not ask for gigabytes of empty lists. */
function chargeParse(text: Buffer, account: Account): void {
  let brackets = 0;
  let commas = 0;
  for (const byte of text) {
    if (byte === 0x5b || byte === 0x7b) brackets += 1;
    else if (byte === 0x2c) commas += 1;
  }
  account.charge(BRACKET_BYTES * brackets + COMMA_BYTES * commas + text.length);
}
