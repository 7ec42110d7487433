import { ThicketError } from '../../core/errors.ts';
import { churn } from './churn.ts';
import { plain } from './plain.ts';
import type { Profile, ProfiledModel } from './profile.ts';
import { regression } from './regression.ts';
import { retail } from './retail.ts';
import { rowIdOf } from './row-id.ts';
import { superstore } from './superstore.ts';

const PROFILES: readonly Profile[] = [plain, superstore, churn, retail, regression];
const NAMES = PROFILES.map(({ name }) => name).join(', ');

/**
 * The profile that the setting names.
 * @throws {ThicketError} CONFIG_INVALID when there is no such profile.
 */
export function profileOfSetting(setting: string | null): Profile | null {
  if (setting === null) return null;
  const named = PROFILES.find(({ name }) => name === setting);
  if (named !== undefined) return named;
  const sentence = `THICKET_PROFILE must be one of ${NAMES}, not ${JSON.stringify(setting)}`;
  throw new ThicketError('CONFIG_INVALID', sentence);
}

/**
 * The profile of a model's replies: the one of the setting, else the one that the model's spec names, else
 * the plain one.
 * @throws {ThicketError} CONFIG_INVALID or MODEL_REFUSED when it is unknown or does not fit the model.
 */
export function profileOf(model: ProfiledModel, setting: string | null): Profile {
  const set = profileOfSetting(setting);
  const profile = set ?? profileOfSpec(model);
  const objection = profile.objection(model) ?? idObjection(model, profile);
  if (objection === null) return profile;
  const { name } = model.metadata;
  if (set !== null) {
    const sentence = `THICKET_PROFILE=${profile.name} does not fit the model ${name}: ${objection}`;
    throw new ThicketError('CONFIG_INVALID', sentence);
  }
  throw new ThicketError(
    'MODEL_REFUSED',
    `the reply profile ${profile.name} of the model ${name} does not fit it: ${objection}`,
  );
}

function profileOfSpec({ metadata }: ProfiledModel): Profile {
  const { profile = plain.name, name } = metadata;
  const known = PROFILES.find((each) => each.name === profile);
  if (known !== undefined) return known;
  throw new ThicketError(
    'MODEL_REFUSED',
    `the model ${name} asks for the reply profile ${JSON.stringify(profile)}, and there are ` +
      `${NAMES}; THICKET_PROFILE chooses one of them`,
  );
}

/** An id and something else under one name would leave a client with either. */
function idObjection(model: ProfiledModel, profile: Profile): string | null {
  const { name } = rowIdOf(profile, model.metadata);
  const members = ['raw_id', ...Object.keys(profile.compile(model, 'none').replySchema)];
  if (name === null || !members.includes(name)) return null;
  return `its id field has the name of another member of the reply, ${name}`;
}
