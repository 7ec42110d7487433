import type { Kind } from './kind.ts';
import { argmax } from './kinds/argmax.ts';
import { duels } from './kinds/duels.ts';
import { impute } from './kinds/impute.ts';
import { interpolate } from './kinds/interpolate.ts';
import { linear } from './kinds/linear.ts';
import { lookup } from './kinds/lookup.ts';
import { oneHot } from './kinds/one-hot.ts';
import { scale } from './kinds/scale.ts';
import { shares } from './kinds/shares.ts';
import { votes } from './kinds/votes.ts';
import type { Stage, StageKind } from './stages.ts';

/** Lowering itself knows these two: they compute nothing by themselves. */
type OwnKind = 'trees' | 'require';

/** Every kind of stage. A new one is a file beside these, a type in stages.ts and a line here. */
export const KINDS: {
  readonly [K in StageKind]: K extends OwnKind
    ? Pick<Kind<Extract<Stage, { kind: K }>>, 'parameters'>
    : Kind<Extract<Stage, { kind: K }>>;
} = {
  argmax,
  duels,
  impute,
  interpolate,
  linear,
  lookup,
  oneHot,
  require: { parameters: { missing: 'text', type: 'text' } },
  scale,
  shares,
  trees: { parameters: { ensemble: 'number' } },
  votes,
};
