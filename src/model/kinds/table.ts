import type { Kind } from './kind.ts';
import { above } from './answer/above.ts';
import { apply } from './preparation/apply.ts';
import { argmax } from './answer/argmax.ts';
import { clip } from './preparation/clip.ts';
import { duels } from './answer/duels.ts';
import { float32 } from './preparation/float32.ts';
import { fromPower } from './answer/from-power.ts';
import { fromQuantile } from './answer/from-quantile.ts';
import { impute } from './preparation/impute.ts';
import { interpolate } from './preparation/interpolate.ts';
import { interval } from './preparation/interval.ts';
import { linear } from './answer/linear.ts';
import { lookup } from './preparation/lookup.ts';
import { normalize } from './preparation/normalize.ts';
import { oneHot } from './preparation/one-hot.ts';
import { power } from './preparation/power.ts';
import { product } from './preparation/product.ts';
import { quantile } from './preparation/quantile.ts';
import { replace } from './preparation/replace.ts';
import { scale } from './preparation/scale.ts';
import { shares } from './answer/shares.ts';
import { sigmoid } from './answer/sigmoid.ts';
import { votes } from './answer/votes.ts';
import { ballots } from './answer/ballots.ts';
import { centredLogs, logit } from './answer/logits.ts';
import { members } from './preparation/members.ts';
import { sammeLogs } from './answer/samme-logs.ts';
import { softmax, softmaxByLog } from './answer/softmax.ts';
import { weightedMedian } from './answer/weighted-median.ts';
import type { Stage, StageKind } from '../stages.ts';

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
