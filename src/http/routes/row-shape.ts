import type { LiveModel } from '../../live/live-model.ts';
import { EXTRA_FIELDS_NAMED_MAX, POSITIONAL_KEY } from '../../schema/validate.ts';
import { type ObjectShape, SINGLE, listOf, objectOf } from '../server/json/shape.ts';

/** A row's part of a body: its fields by name or by position, and its id. */
export function rowShapeOf(
  { schema }: Pick<LiveModel, 'schema'>,
  idName: string | null,
  extraFields: 'ignore' | 'forbid',
): ObjectShape {
  const names = new Set(schema.fields.map(({ name }) => name));
  if (idName !== null) names.add(idName);
  const members = [...names].map((name) => [name, SINGLE] as const);
  const byPosition = [POSITIONAL_KEY, listOf(SINGLE, schema.fields.length)] as const;
  const othersMax = extraFields === 'forbid' ? EXTRA_FIELDS_NAMED_MAX : 0;
  return objectOf(names.has(POSITIONAL_KEY) ? members : [...members, byPosition], othersMax);
}
