import { refuse } from '../../../model/refuse.ts';
import { PickleObject, kindOf } from '../../python/pickle/values.ts';
import { type Member, type Placed, attributesOf, isContainer, namedMembers } from './members.ts';
import { isFittedModel, isStep, libraryOf, rolesIn } from './roles.ts';
import { listed, listedKinds, shown } from './wording.ts';

/** Libraries whose classes an importer knows or refuses by itself. */
const LIBRARIES: ReadonlySet<string> = new Set([
  'sklearn',
  'sklearn2pmml',
  'sklearn_pandas',
  'skopt',
  'imblearn',
  'xgboost',
  'lightgbm',
  'catboost',
]);

const WITHOUT_PATCH =
  'train the model again without patch_sklearn() (unpatch_sklearn() ends it), and save that';

const OTHER_MODEL =
  'its models answer a row only together: train a model of scikit-learn that docs/formats.md names';

/** Ways out for classes of libraries that people save by mistake or instead of the model. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  cuml: OTHER_MODEL,
  daal4py: WITHOUT_PATCH,
  mapie: OTHER_MODEL,
  mlxtend: OTHER_MODEL,
  ngboost: OTHER_MODEL,
  numpy: 'it is data: save the fitted model itself',
  onedal: WITHOUT_PATCH,
  pandas: 'it is data: save the fitted model itself',
  quantile_forest: OTHER_MODEL,
  shap: 'save the model that it explains',
  sklearnex: WITHOUT_PATCH,
  sksurv: OTHER_MODEL,
  tpot: 'save the pipeline that it found (fitted_pipeline_)',
};

/** Attributes in which an estimator keeps what it learned: with one of them a class answers by itself. */
const LEARNED: ReadonlySet<string> = new Set([
  '_predictors',
  'calibrated_classifiers_',
  'coef_',
  'estimators_',
  'final_estimator_',
  'tree_',
]);

/** The code of a class that no importer knows is not in the file, so its use of a model is unknown. */
export function refuseStranger({ value, place }: Placed): void {
  if (!(value instanceof PickleObject) || LIBRARIES.has(libraryOf(value.type))) return;
  if (attributesOf(value) === null) return;
  const where = place === value.type.name ? 'The file holds' : `${place} is`;
  const isAuthors = value.type.module === '__main__';
  const unknown = isAuthors
    ? ", whose code is no library's and is not in the file"
    : ', a class that is not understood';
  refuse(`${where} ${kindOf(value)}${unknown}: ${wayOut(value)}`);
}

function wayOut(value: PickleObject): string {
  const library = libraryOf(value.type);
  if (Object.hasOwn(WAYS_OUT, library)) return WAYS_OUT[library]!;
  const members = Array.from(namedMembers(value));
  if (members.some((member) => LEARNED.has(member.name) && member.value !== null)) {
    return (
      'what it keeps answers a row only together: if it adds nothing to a class of scikit-learn, give ' +
      'it that class before it is saved (model.__class__ = RandomForestClassifier, for example); else ' +
      'train a model that docs/formats.md names'
    );
  }
  const lists = members.filter(holdsModels);
  if (lists.length > 0) {
    const names = listed(lists.map(({ name }) => shown(name)));
    return `it keeps models in ${names}; save one model that answers a row alone`;
  }
  const models = members.filter((member) => isFittedModel(member.value));
  const [model] = models;
  if (model === undefined) return 'save the scikit-learn model that it uses instead';
  const steps = members.filter((member) => isStep(member.value));
  const keeps = `it keeps ${listedKinds([...models, ...steps])}`;
  if (models.length > 1) return `${keeps}; save one model that answers a row alone`;
  const key = `--key ${shown(model.name)} if the class does nothing else with a row`;
  if (steps.length === 0) return `${keeps}; save that alone, or say ${key}`;
  const names = listed(steps.map(({ name }) => shown(name)));
  return (
    `${keeps}; save one Pipeline of them, or say ${key} and the rows that are sent have gone ` +
    `through ${names} already`
  );
}

/** True for a dictionary or list with trained models in it. */
function holdsModels({ name, value }: Member): boolean {
  if (!isContainer(value)) return false;
  const { models } = rolesIn({ value, place: name, key: name });
  return models.some((model) => isFittedModel(model.value));
}
