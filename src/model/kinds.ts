import type { Kind } from './kind.ts';
import { above } from './kinds/above.ts';
import { apply } from './kinds/apply.ts';
import { argmax } from './kinds/argmax.ts';
import { clip } from './kinds/clip.ts';
import { duels } from './kinds/duels.ts';
import { float32 } from './kinds/float32.ts';
import { fromPower } from './kinds/from-power.ts';
import { fromQuantile } from './kinds/from-quantile.ts';
import { impute } from './kinds/impute.ts';
import { interpolate } from './kinds/interpolate.ts';
import { interval } from './kinds/interval.ts';
import { linear } from './kinds/linear.ts';
import { lookup } from './kinds/lookup.ts';
import { normalize } from './kinds/normalize.ts';
import { oneHot } from './kinds/one-hot.ts';
import { power } from './kinds/power.ts';
import { product } from './kinds/product.ts';
import { quantile } from './kinds/quantile.ts';
import { replace } from './kinds/replace.ts';
import { scale } from './kinds/scale.ts';
import { shares } from './kinds/shares.ts';
import { sigmoid } from './kinds/sigmoid.ts';
import { votes } from './kinds/votes.ts';
import { ballots } from './kinds/ballots.ts';
import { centredLogs, logit } from './kinds/logits.ts';
import { members } from './kinds/members.ts';
import { sammeLogs } from './kinds/samme-logs.ts';
import { softmax, softmaxByLog } from './kinds/softmax.ts';
import { weightedMedian } from './kinds/weighted-median.ts';
import type { Stage, StageKind } from './stages.ts';

/** Lowering itself knows these two: they compute nothing by themselves. */
type OwnKind = 'trees' | 'require';

/** Every kind of stage. A new one is a file beside these, a type in stages.ts and a line here. */
export const KINDS: {
  readonly [K in StageKind]: K extends OwnKind
    ? Pick<Kind<Extract<Stage, { kind: K }>>, 'parameters'>
    : Kind<Extract<Stage, { kind: K }>>;
} = {
  above,
  apply,
  argmax,
  clip,
  duels,
  float32,
  fromPower,
  fromQuantile,
  impute,
  interpolate,
  interval,
  linear,
  lookup,
  normalize,
  oneHot,
  power,
  product,
  quantile,
  replace,
  require: { parameters: { missing: 'text', type: 'text' } },
  scale,
  shares,
  sigmoid,
  softmax,
  trees: { parameters: { ensemble: 'number' } },
  votes,
  ballots,
  members,
  sammeLogs,
  softmaxByLog,
  weightedMedian,
  centredLogs,
  logit,
};
