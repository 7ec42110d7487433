import { existsSync, readFileSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

import { ThicketError } from '../../core/errors.ts';

/** PostgreSQL refuses to run as root: as whom its commands run, and how they are started so. */
export interface ServerUser {
  /** Null: as ourselves, and nothing has to change its owner. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** A command line, to be followed by the program's path and arguments. */
  readonly prefix: readonly string[];
}

const SYSTEM_USERS = ['postgres', 'nobody'] as const;
const READ = 4;
const EXECUTE = 1;
/** Their bit numbers in the kernel's capability sets. */
const CAPABILITY_BITS = { dac_override: 1n, dac_read_search: 2n } as const;

/**
 * @param binary The server's program; its libraries lie beside it.
 * @param directory What is to become the data directory's parent.
 * @param keep The owner of a data directory that exists already: it stays its owner.
 */
export function serverUser(
  binary: string,
  directory: string,
  keep: { uid: number; gid: number } | null,
): ServerUser {
  if (process.geteuid?.() !== 0) return { owner: null, prefix: [] };
  const owner = keep !== null && keep.uid !== 0 ? keep : systemUser();
  return { owner, prefix: switchTo(owner, capabilityFor(owner, binary, directory)) };
}

function systemUser(): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of SYSTEM_USERS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new ThicketError(
    'SETUP_MISSING',
    `PostgreSQL does not run as root and there is neither a user ${SYSTEM_USERS.join(' nor ')} here: start as another user, or set DATABASE_URL`,
  );
}

type Capability = keyof typeof CAPABILITY_BITS;

/**
 * A clone below a directory that only root may enter (mktemp -d, /root) is out of another user's reach.
 * The server then keeps one capability of root's: reading past permissions where that is enough.
 */
function capabilityFor(
  owner: { uid: number; gid: number },
  binary: string,
  directory: string,
): Capability | null {
  const executable = allows(statSync(binary), owner, READ | EXECUTE);
  const reachable = [binary, directory].every((path) => pathIsOpen(path, owner));
  if (executable && reachable) return null;
  // Reading past permissions includes entering directories, but not executing files.
  const wanted: readonly Capability[] = executable
    ? ['dac_read_search', 'dac_override']
    : ['dac_override'];
  const held = heldCapabilities();
  const capability = wanted.find((each) => (held >> CAPABILITY_BITS[each]) & 1n);
  if (capability !== undefined) return capability;
  throw new ThicketError(
    'SETUP_MISSING',
    `PostgreSQL does not run as root, and the user ${owner.uid} may not enter the directories above ${executable ? directory : binary}: use another place, start as another user, or set DATABASE_URL`,
  );
}

function pathIsOpen(path: string, owner: { uid: number; gid: number }): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(at) && !allows(statSync(at), owner, EXECUTE)) return false;
    if (at === dirname(at)) return true;
  }
}

function allows(stats: Stats, owner: { uid: number; gid: number }, bits: number): boolean {
  const shift = stats.uid === owner.uid ? 6 : stats.gid === owner.gid ? 3 : 0;
  return ((stats.mode >> shift) & bits) === bits;
}

function heldCapabilities(): bigint {
  const line = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return BigInt(`0x${line?.[1] ?? '0'}`);
}

function switchTo(owner: { uid: number; gid: number }, capability: Capability | null): string[] {
  const program = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (program === undefined) {
    throw new ThicketError(
      'SETUP_MISSING',
      'PostgreSQL does not run as root and setpriv (util-linux) is missing: install it, start as another user, or set DATABASE_URL',
    );
  }
  const prefix = [program, `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  if (capability === null) return prefix;
  // Without the securebit access(2), which PostgreSQL asks about its own path, forgets the capability.
  return [
    ...prefix,
    '--securebits=+no_setuid_fixup',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
  ];
}
