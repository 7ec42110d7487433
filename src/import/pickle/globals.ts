import { refuse } from '../refuse.ts';
import { Global } from './values.ts';

/**
 * Libraries whose names are carried along as names: an importer then understands the class or refuses
 * it by name and place. None is ever looked up, so a name here is no risk; a name that is not here is
 * no part of a model, and saying so beats a guess.
 */
const LIBRARIES: ReadonlySet<string> = new Set([
  'sklearn',
  'numpy',
  'scipy',
  'pandas',
  'joblib',
  'sklearn2pmml',
  'sklearn_pandas',
  'category_encoders',
  'feature_engine',
  'imblearn',
  'xgboost',
  'lightgbm',
  'catboost',
  'mlflow',
  // How scikit-learn 1.4 to 1.6 names the compiled losses of its boosted models.
  '_loss',
]);

const NAMES: Readonly<Record<string, readonly string[]>> = {
  builtins: [
    'bool',
    'bytearray',
    'bytes',
    'complex',
    'dict',
    'float',
    'frozenset',
    'int',
    'list',
    'object',
    'range',
    'set',
    'slice',
    'str',
    'tuple',
    'type',
  ],
  collections: ['Counter', 'OrderedDict', 'UserList', 'defaultdict', 'deque'],
  copyreg: ['_reconstructor', '__newobj__'],
  _codecs: ['encode'],
  // How dill, which writes some of the wrappers, names a type.
  'dill._dill': ['_load_type'],
  functools: ['partial'],
  datetime: ['date', 'datetime', 'timedelta', 'timezone'],
};

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

const IDENTIFIER = /^[A-Za-z_]\w*$/;
const NAME_CHARACTERS_MAX = 200;

/** A name that a file may give; anything else is refused, and nothing was run. */
export function allowGlobal(module: string, name: string): Global {
  const known = own(RENAMED_MODULES, module) ?? module;
  const newName = own(RENAMED, `${module}.${name}`) ?? name;
  const library = known.split('.')[0]!;
  if (own(NAMES, known)?.includes(newName) === true) return new Global(known, newName);
  const plain = known.split('.').every((part) => IDENTIFIER.test(part)) && IDENTIFIER.test(name);
  if (LIBRARIES.has(library) && plain) return new Global(known, name);
  const path = `${module}.${name}`.slice(0, NAME_CHARACTERS_MAX);
  refuse(`The file names ${JSON.stringify(path)}, which is no part of a model; nothing was run`);
}

/** A file's name must not find what every object has (`constructor`). */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
