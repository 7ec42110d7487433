import { refuse } from '../../../model/refuse.ts';
import { Global } from './values.ts';

/**
 * Names are only carried along: none is ever looked up, imported or called. So a class that is
 * unknown here (of pandas, of the author's notebook, of cloudpickle) is no risk and no reason
 * to refuse a file: the importers refuse it by its place if a prediction depends on it. What is
 * refused here at once are names that no model has and that only serve to make Python run something.
 * The two lists only help the receiver of such a file; nothing would run without them either.
 */
const HOSTILE_MODULES: ReadonlySet<string> = new Set([
  '_posixsubprocess',
  'asyncio',
  'bdb',
  'cProfile',
  'code',
  'codeop',
  'commands',
  'ctypes',
  'distutils',
  'ftplib',
  'http',
  'imp',
  'importlib',
  'marshal',
  'nt',
  'os',
  'pdb',
  'pip',
  'popen2',
  'posix',
  'profile',
  'pty',
  'requests',
  'runpy',
  'setuptools',
  'shutil',
  'signal',
  'site',
  'smtplib',
  'socket',
  'subprocess',
  'sys',
  'telnetlib',
  'timeit',
  'trace',
  'urllib',
  'webbrowser',
]);
const HOSTILE_BUILTINS: ReadonlySet<string> = new Set([
  '__build_class__',
  '__import__',
  'apply',
  'breakpoint',
  'compile',
  'delattr',
  'eval',
  'exec',
  'execfile',
  'exit',
  'globals',
  'input',
  'locals',
  'open',
  'quit',
  'raw_input',
  'reload',
  'setattr',
  'vars',
]);

/** Protocols up to 2 use Python 2's names. */
const RENAMED_MODULES: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
  UserList: 'collections',
};
const RENAMED: Readonly<Record<string, string>> = {
  '__builtin__.long': 'int',
  '__builtin__.unicode': 'str',
  '__builtin__.xrange': 'range',
};

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
/** A module and a name in it. Longer ones are no program's; they would be looked through at every use. */
export const NAME_CHARACTERS_MAX = 1000;
const SHOWN_CHARACTERS_MAX = 200;

/** A name that a file may give; anything else is refused, and nothing was run. */
export function allowGlobal(module: string, name: string, where: string): Global {
  const path = `${module}.${name}`;
  if (path.length <= NAME_CHARACTERS_MAX) {
    const known = own(RENAMED_MODULES, module) ?? module;
    const newName = own(RENAMED, path) ?? name;
    if (isPlain(known) && isPlain(newName) && !isHostile(known, newName)) {
      return new Global(known, newName);
    }
  }
  const shown = JSON.stringify(path.slice(0, SHOWN_CHARACTERS_MAX));
  refuse(`The file names ${shown} (${where}), which is no part of a model; nothing was run`);
}

/** Names with dots are attributes of classes: each part is a name of its own. */
function isPlain(path: string): boolean {
  return path.split('.').every((part) => IDENTIFIER.test(part));
}

function isHostile(module: string, name: string): boolean {
  if (HOSTILE_MODULES.has(module.split('.', 1)[0]!)) return true;
  // `numpy.f2py.os.system`: the way through another module.
  const parts = name.split('.');
  if (parts.length > 1 && parts.some((part) => HOSTILE_MODULES.has(part))) return true;
  return module === 'builtins' && HOSTILE_BUILTINS.has(parts[0]!);
}

/** A file's name must not find what every object has (`constructor`). */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
