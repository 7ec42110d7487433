import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { ThicketError } from '../core/errors.ts';
import { PACKAGE_ROOT } from '../core/package-root.ts';
import type { Sql } from './client.ts';

/** Only one instance migrates at a time; the number means nothing but has to be the same in all. */
export const MIGRATION_LOCK = 7_046_321;

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly digest: string;
}

/**
 * Applies what is missing, in order, inside the caller's transaction: all of it or nothing. A second
 * instance waits for the first one's commit and then finds nothing to do.
 * @returns The names of those applied now.
 */
export async function migrate(tx: Sql, migrations = readMigrations()): Promise<string[]> {
  await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
  await tx`create table if not exists thicket_migrations (
    number integer primary key, name text not null, digest text not null,
    applied_at timestamptz not null default now())`;
  const rows = await tx<{ number: number; digest: string }[]>`
    select number, digest from thicket_migrations`;
  const applied = new Map(rows.map(({ number, digest }) => [number, digest]));
  const names: string[] = [];
  for (const { number, name, text, digest } of migrations) {
    const known = applied.get(number);
    if (known === undefined) {
      await tx.unsafe(text).simple();
      await tx`insert into thicket_migrations (number, name, digest)
        values (${number}, ${name}, ${digest})`;
      names.push(name);
    } else if (known !== digest) {
      throw new ThicketError(
        'CONFIG_INVALID',
        `${name} was applied to this database in another wording: add a migration, never change one`,
      );
    }
  }
  return names;
}

/** The numbered files of `sql/`, lowest first. */
export function readMigrations(directory = join(PACKAGE_ROOT, 'sql')): Migration[] {
  const migrations = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => {
      const number = Number(FILE_NAME.exec(name)?.[1] ?? Number.NaN);
      const text = readFileSync(join(directory, name), 'utf8');
      return { number, name, text, digest: createHash('sha256').update(text).digest('hex') };
    });
  migrations.forEach(({ number, name }, at) => {
    if (number !== at + 1) {
      throw new ThicketError('CONFIG_INVALID', `${name} breaks the numbering of the migrations`);
    }
  });
  return migrations;
}
