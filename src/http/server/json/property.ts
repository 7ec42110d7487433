import { type Issue, ThicketError } from '../../../core/errors.ts';

/**
 * A property of a body that must be an object.
 * @throws {ThicketError} ROW_INVALID when it is none, or has no such property.
 */
export function propertyOf(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const msg = 'Input should be a valid dictionary or object to extract fields from';
    throw invalidBody([{ type: 'model_attributes_type', loc: ['body'], msg, input: body }]);
  }
  if (!Object.hasOwn(body, name)) {
    const loc = ['body', name];
    throw invalidBody([{ type: 'missing', loc, msg: 'Field required', input: body }]);
  }
  return (body as Record<string, unknown>)[name];
}

/** @throws {ThicketError} As `propertyOf`, and where the property is no list. */
export function listPropertyOf(body: unknown, name: string): readonly unknown[] {
  const list = propertyOf(body, name);
  if (Array.isArray(list)) return list as readonly unknown[];
  const msg = 'Input should be a valid list';
  throw invalidBody([{ type: 'list_type', loc: ['body', name], msg, input: list }]);
}

export function invalidBody(issues: readonly Issue[]): ThicketError {
  return new ThicketError('ROW_INVALID', issues[0]!.msg, { issues });
}
