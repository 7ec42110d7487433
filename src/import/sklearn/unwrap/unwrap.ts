import { refuse } from '../../../model/refuse.ts';
import { PickleObject, type PickleValue, kindOf } from '../../python/pickle/values.ts';
import {
  type Found,
  type Member,
  type Placed,
  WRAP_DEPTH_MAX,
  attributesOf,
  inside,
  isContainer,
  memberFor,
  namedMembers,
} from './members.ts';
import { isLabelEncoder, rolesIn } from './roles.ts';
import { refuseStranger } from './stranger.ts';
import { NAMES_SHOWN_MAX, listed, listedKinds, shown, shownText } from './wording.ts';

/**
 * Wrappings of a model in the files that people save: a dictionary or list with the model in it, several
 * objects in one file, a search whose best estimator is the model, an object of the author's own class.
 * One model is taken; among several the caller chooses by a key (`model`, `models.rf`, `0`), a path
 * through dictionaries, lists and attributes.
 */

const SEARCH = /SearchCV$/;

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
  const { models, steps } = rolesIn(outer);
  const where = outer.place === '' ? 'The file' : outer.place;
  const [model] = models;
  if (model === undefined) {
    const held = namesOf(outer.value, ({ name, value }) => `${shown(name)}: ${kindOf(value)}`);
    const inIt = held.length === 0 ? 'is empty' : `has no model in it (${listed(held)})`;
    refuse(`${where} holds ${kindOf(outer.value)} that ${inIt}: save the fitted model itself`);
  }
  if (models.length > 1) {
    const names = listed(steps.map(({ key: step }) => shown(step)));
    // A key leaves the steps out: it gives right answers to rows that are prepared already.
    const prepared = `, if the rows that are sent have gone through ${names} already`;
    refuse(
      `${where} holds ${models.length} models (${kindsAt(models)}): say which one with --key, ` +
        `for example --key ${shown(model.key)}${steps.length === 0 ? '' : prepared}`,
    );
  }
  if (steps.length > 0) refuse(`${where} holds ${besideSteps(model, steps)}`);
  return model;
}

function besideSteps(model: Found, steps: readonly Found[]): string {
  const key = `--key ${shown(model.key)}`;
  const holds = `a model (${shown(model.key)}) and`;
  if (steps.every(({ value }) => isLabelEncoder(value))) {
    return (
      `${holds} an encoder of labels beside it that it does not run itself (${kindsAt(steps)}): train ` +
      'the model on the texts themselves (columns through an OrdinalEncoder in a Pipeline, answers as ' +
      `they are), or say ${key} if rows and answers are to be the encoder's numbers`
    );
  }
  return (
    `${holds} steps beside it that it does not run itself (${kindsAt(steps)}): save one Pipeline of all ` +
    `of them, or say ${key} if the rows that are sent have gone through them already`
  );
}

function kindsAt(found: readonly Found[]): string {
  return listedKinds(found.map(({ key, value }) => ({ name: key, value })));
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

/** The first names in it, as many as a refusal shows and one more. */
function namesOf(
  value: PickleValue,
  show: (member: Member) => string = ({ name }) => shown(name),
): string[] {
  const names: string[] = [];
  for (const member of namedMembers(value)) {
    names.push(show(member));
    if (names.length > NAMES_SHOWN_MAX) break;
  }
  return names;
}
