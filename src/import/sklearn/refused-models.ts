import type { Global } from '../python/pickle/values.ts';

const UNDERSTOOD =
  'the models that are understood are trees, forests, boosted and bagged trees, linear models, and what ' +
  'combines them (docs/formats.md names every class)';

const BOOSTED = 'it is not read yet; nearest to it is a HistGradientBoosting model of scikit-learn';

/** Ways out for models of other libraries inside of pickles, by the library. */
const BY_LIBRARY: Readonly<Record<string, string>> = {
  catboost: BOOSTED,
  imblearn: "balance the classes with class_weight, which scikit-learn's own forests take",
  lightgbm: BOOSTED,
  xgboost: BOOSTED,
};

/** The rest of a sentence about a model that is not understood. */
export function modelAdvice({ module, name }: Global): string {
  const library = module.split('.', 1)[0]!;
  if (library === 'imblearn' && name === 'Pipeline') {
    return 'its samplers act in training alone, so save a Pipeline of scikit-learn with its other steps';
  }
  const advice = Object.hasOwn(BY_LIBRARY, library) ? `${BY_LIBRARY[library]!}; ` : '';
  return `${advice}${UNDERSTOOD}`;
}
