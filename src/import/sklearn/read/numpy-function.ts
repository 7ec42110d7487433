import { Global, PickleObject, type PickleValue } from '../../python/pickle/values.ts';

/** How numpy before 2 writes one of its functions: by a call with where it is found. */
const RECONSTRUCT = /^numpy\.(_core|core)\._ufunc_reconstruct$/;

/** The name of the numpy function that a file holds (`log1p`); null for anything else. */
export function numpyFunction(value: PickleValue): string | null {
  if (value instanceof Global) return isNumpy(value.module) ? value.name : null;
  if (!(value instanceof PickleObject) || !RECONSTRUCT.test(value.type.path)) return null;
  const [module, name] = value.args;
  const isNamed = typeof module === 'string' && typeof name === 'string';
  return isNamed && isNumpy(module) ? name : null;
}

/** numpy's own functions, which in the oldest files stand where they are compiled. */
function isNumpy(module: string): boolean {
  return module === 'numpy' || /^numpy\.(_core|core)\.(_multiarray_umath|umath)$/.test(module);
}
