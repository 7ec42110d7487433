import type { Category } from '../../schema/fields.ts';
import type { CategoriesMessage, CategoryMessage } from './messages.ts';
import { refuse } from '../refuse.ts';

export function categoriesMessage(values: readonly (Category | null)[]): CategoriesMessage {
  return { values: values.map(categoryMessage) };
}

export function categoryMessage(value: Category | null): CategoryMessage {
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'number') return { number: value };
  return value === null ? { missing: true } : { boolean: value };
}

export function categoryFrom(message: CategoryMessage): Category | null {
  const { text, number, boolean, missing } = present(message);
  const value = text ?? number ?? boolean;
  if (value === undefined && missing !== true) {
    refuse('The package holds a value of a kind that needs a newer Thicket.');
  }
  return value ?? null;
}

/** Only what the bytes said: protobufjs answers for absent scalars with the prototype's defaults. */
export function present<T extends object>(message: T): Partial<T> {
  return { ...message };
}
