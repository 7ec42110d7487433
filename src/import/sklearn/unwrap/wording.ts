import { type PickleValue, kindOf } from '../../python/pickle/values.ts';

/** Names in a refusal: enough to choose from, and still one sentence. */
export const NAMES_SHOWN_MAX = 12;
const NAME_CHARACTERS_MAX = 60;

export function shown(name: string): string {
  return name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}...` : name;
}

export function shownText(name: string): string {
  return JSON.stringify(shown(name));
}

export function listed(names: readonly string[]): string {
  const few = names.slice(0, NAMES_SHOWN_MAX).join(', ');
  return names.length > NAMES_SHOWN_MAX ? `${few}, ...` : few;
}

/** `scaler: a sklearn.preprocessing._data.StandardScaler, ...`. */
export function listedKinds(
  members: readonly { readonly name: string; readonly value: PickleValue }[],
): string {
  return listed(members.map(({ name, value }) => `${shown(name)}: ${kindOf(value)}`));
}
