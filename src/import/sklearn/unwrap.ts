import { NumpyArray } from '../python/pickle/array.ts';
import { type Global, PickleObject, type PickleValue, kindOf } from '../python/pickle/values.ts';
import { refuse } from '../../model/refuse.ts';
import { PREDICTORS } from './predictors.ts';

/**
 * Wrappings of a model in the files that people save: a dictionary or list with the model in it,
 * a search whose best estimator is the model, an object of the author's own class. One model is taken;
 * among several the caller chooses by a key (`model`, `models.rf`, `0`), a path through dictionaries,
 * lists and attributes.
 */

/** Levels of dictionaries, lists and searches around a model. People write one or two. */
export const WRAP_DEPTH_MAX = 8;
/** Names in a refusal: enough to choose from, and still one sentence. */
const NAMES_SHOWN_MAX = 12;
const NAME_CHARACTERS_MAX = 60;

/** Pipelines inside of pipelines, on the way to the last step. */
const PIPELINES_MAX = 32;

/**
 * Names of classes that predict, understood or not; nearly everything else of scikit-learn
 * prepares or measures.
 */
const PREDICTOR =
  /(?:Classifier|Regressor|Regression|Forest|Ridge|Lasso|ElasticNet|Perceptron|SVC|SVR|NB|Lars|Pursuit|Chain|Booster|SearchCV)(?:CV|IC)?$/;
const SEARCH = /SearchCV$/;
const PIPELINE = /Pipeline$/;

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

/** A value with the place where it sits (`["model"].best_estimator_`). */
export interface Placed {
  readonly value: PickleValue;
  readonly place: string;
}

interface Found extends Placed {
  readonly key: string;
}

/** The model in what a file holds, and where it was. */
export function unwrapModel(root: PickleValue, key: string | undefined): Placed {
  const whole: Found = { value: root, place: ownPlace(root), key: '' };
  const chosen = key === undefined ? whole : follow(whole, key);
  const inner = isContainer(chosen.value) ? onlyModel(chosen) : chosen;
  refuseStranger(inner);
  return openSearch(inner);
}

/** The best estimator of a search, and of a search inside of that; anything else as it is. */
export function openSearch({ value, place }: Placed): Placed {
  let open: Placed = { value, place };
  for (let depth = 0; depth < WRAP_DEPTH_MAX; depth++) {
    const { value: search } = open;
    if (!(search instanceof PickleObject) || !SEARCH.test(search.type.name)) return open;
    const best = attributesOf(search)?.get('best_estimator_') ?? null;
    if (best === null) {
      refuse(
        `The ${search.type.name}${open.place === search.type.name ? '' : ` at ${open.place}`} has no ` +
          'best_estimator_: it was not fitted, or with refit=False; fit it with refit=True, or save the model itself',
      );
    }
    open = { value: best, place: `${open.place}.best_estimator_` };
  }
  return refuse(`${place} is a search inside of ${WRAP_DEPTH_MAX} searches`);
}

function ownPlace(value: PickleValue): string {
  if (value instanceof PickleObject) return value.type.name;
  return isContainer(value) ? '' : 'The file';
}

/** The one model in a dictionary or list: also in one that a key names, which chose no model in it. */
function onlyModel(outer: Found): Found {
  const { models, steps } = membersOf(outer);
  const where = outer.place === '' ? 'The file' : outer.place;
  const [model] = models;
  if (model === undefined) {
    const held = namesOf(outer.value, ({ name, value }) => `${shown(name)}: ${kindOf(value)}`);
    const inIt = held.length === 0 ? 'is empty' : `has no model in it (${listed(held)})`;
    refuse(`${where} holds ${kindOf(outer.value)} that ${inIt}: save the fitted model itself`);
  }
  if (models.length > 1) {
    const keys = models.map(({ key, value }) => `${shown(key)}: ${kindOf(value)}`);
    refuse(
      `${where} holds ${models.length} models (${listed(keys)}): say which one with --key, ` +
        `for example --key ${shown(model.key)}`,
    );
  }
  if (steps.length > 0) {
    const names = steps.map(({ key, value }) => `${shown(key)}: ${kindOf(value)}`);
    refuse(
      `${where} holds a model (${shown(model.key)}) and steps beside it that it does not run itself ` +
        `(${listed(names)}): save one Pipeline of all of them, or say --key ${shown(model.key)} if ` +
        'the rows that are sent have gone through them already',
    );
  }
  return model;
}

/**
 * Models and fitted steps inside of dictionaries and lists. Every collection is looked through once,
 * however often it is named, and only those on the way are open: no more time or memory than the file's.
 */
function membersOf(outer: Found): { models: Found[]; steps: Found[] } {
  const models: Found[] = [];
  const steps: Found[] = [];
  const seen = new Set<PickleValue>([outer.value]);
  const open = [{ found: outer, members: namedMembers(outer.value) }];
  while (open.length > 0) {
    const { found, members } = open.at(-1)!;
    const next = members.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    const { value } = next.value;
    const isInner = isContainer(value) && open.length < WRAP_DEPTH_MAX;
    const into = isModel(value) ? models : isStep(value) ? steps : null;
    if ((into === null && !isInner) || seen.has(value)) continue;
    seen.add(value);
    const member = inside(found, next.value);
    if (into === null) open.push({ found: member, members: namedMembers(value) });
    else into.push(member);
  }
  return { models, steps };
}

/** Dictionaries and lists, in which a model may be. */
function isContainer(value: PickleValue): boolean {
  if (value instanceof NumpyArray) return value.objects !== null;
  return Array.isArray(value) || value instanceof Map;
}

interface Member {
  readonly name: string;
  readonly value: PickleValue;
}

/** Entries of a dictionary, items of a list, attributes of an object: one by one, as there may be many. */
function* namedMembers(value: PickleValue): Generator<Member> {
  const map = value instanceof PickleObject ? attributesOf(value) : value;
  if (map instanceof Map) {
    for (const [name, member] of map) {
      if (isName(name)) yield { name: String(name), value: member };
    }
    return;
  }
  const items: unknown = map instanceof NumpyArray ? map.objects : map;
  if (!Array.isArray(items)) return;
  for (const [at, member] of (items as readonly PickleValue[]).entries()) {
    yield { name: String(at), value: member };
  }
}

function isName(key: PickleValue): key is string | number {
  return typeof key === 'string' || typeof key === 'number';
}

/** The way to it as Python writes it, and as a key does. */
function inside(outer: Found, { name, value }: Member): Found {
  const isText = outer.value instanceof Map && outer.value.has(name);
  const item = isText ? `[${shownText(name)}]` : `[${name}]`;
  const step = outer.value instanceof PickleObject ? `.${shown(name)}` : item;
  const key = outer.key === '' ? name : `${outer.key}.${name}`;
  return { value, place: `${outer.place}${step}`, key };
}

/** True for an object that predicts: by its class's name, or by that of a pipeline's last step. */
function isModel(value: PickleValue): boolean {
  let last: PickleValue = value;
  for (let depth = 0; depth < PIPELINES_MAX; depth++) {
    if (!(last instanceof PickleObject)) return false;
    const { name } = last.type;
    if (!PIPELINE.test(name)) {
      const predicts = Object.hasOwn(PREDICTORS, name) || PREDICTOR.test(name);
      return predicts && attributesOf(last) !== null;
    }
    const steps: PickleValue = attributesOf(last)?.get('steps') ?? null;
    const step: PickleValue | undefined = Array.isArray(steps) ? steps.at(-1) : undefined;
    last = Array.isArray(step) ? (step[1] ?? null) : null;
  }
  return false;
}

/** A fitted transformer: what a model beside it was trained behind. */
function isStep(value: PickleValue): boolean {
  if (!(value instanceof PickleObject) || attributesOf(value) === null) return false;
  return libraryOf(value.type) === 'sklearn' || PIPELINE.test(value.type.name);
}

/** The file lacks the code of the author's own class, so its use of the model is unknown. */
function refuseStranger({ value, place }: Placed): void {
  if (!(value instanceof PickleObject) || LIBRARIES.has(libraryOf(value.type))) return;
  if (attributesOf(value) === null) return;
  const models = Array.from(namedMembers(value)).filter((member) => isModel(member.value));
  const where = place === value.type.name ? 'The file holds' : `${place} is`;
  const known = `${where} ${kindOf(value)}, whose code is no library's and is not in the file`;
  const [first] = models;
  if (first === undefined) {
    refuse(`${known}: save the scikit-learn model that it uses instead`);
  }
  const names = models.map((member) => `${shown(member.name)}: ${kindOf(member.value)}`);
  refuse(
    `${known}: it keeps ${listed(names)}; save that alone, or say --key ${shown(first.name)} ` +
      'if the class does nothing else with a row',
  );
}

/** Follows a key from the outside in; a part is a dictionary's key, a position or an attribute. */
function follow(whole: Found, key: string): Found {
  let open = whole;
  let rest = key;
  while (rest !== '') {
    const next = memberFor(open.value, rest);
    if (next === null) {
      const names = namesOf(open.value);
      const has = names.length === 0 ? 'nothing that a key could name' : listed(names);
      const where = open.key === '' ? 'The file' : open.key;
      refuse(`${where} has no ${shownText(rest)}, which --key asks for: it has ${has}`);
    }
    open = inside(open, next);
    rest = rest.slice(next.name.length + 1);
  }
  return open;
}

/** A key may have dots of its own: the longest that fits is meant. */
function memberFor(value: PickleValue, path: string): Member | null {
  let best: Member | null = null;
  for (const member of namedMembers(value)) {
    const fits = path === member.name || path.startsWith(`${member.name}.`);
    if (fits && member.name.length > (best?.name.length ?? 0)) best = member;
  }
  return best;
}

/** The first names in it, as many as a refusal shows and one more. */
function namesOf(value: PickleValue, show = ({ name }: Member) => shown(name)): string[] {
  const names: string[] = [];
  for (const member of namedMembers(value)) {
    names.push(show(member));
    if (names.length > NAMES_SHOWN_MAX) break;
  }
  return names;
}

function attributesOf({ state }: PickleObject): Map<PickleValue, PickleValue> | null {
  return state instanceof Map ? state : null;
}

function libraryOf({ module }: Global): string {
  return module.split('.', 1)[0]!;
}

function shown(name: string): string {
  return name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}...` : name;
}

function shownText(name: string): string {
  return JSON.stringify(shown(name));
}

function listed(names: readonly string[]): string {
  const few = names.slice(0, NAMES_SHOWN_MAX).join(', ');
  return names.length > NAMES_SHOWN_MAX ? `${few}, ...` : few;
}
