import { roundedExp } from './rounded.ts';
import { monic, polynomial } from './polynomial.ts';

/**
 * The share of the normal distribution below `x`: S. L. Moshier's rational approximations (Cephes,
 * `ndtr`), which scipy uses, in the same order of operations.
 */
export function normalShare(x: number): number {
  const scaled = x * Math.SQRT1_2;
  const distance = Math.abs(scaled);
  if (distance < Math.SQRT1_2) return 0.5 + 0.5 * innerError(scaled);
  const tail = 0.5 * outerError(distance);
  return scaled > 0 ? 1 - tail : tail;
}

/** The error function of at most 1. */
function innerError(x: number): number {
  const square = x * x;
  return (x * polynomial(square, INNER_TOP)) / monic(square, INNER_BOTTOM);
}

/** The complement of the error function at `x`, which is positive. */
function outerError(x: number): number {
  if (x < 1) return 1 - innerError(x);
  if (-x * x < LOG_MIN) return 0;
  const [top, bottom] = x < 8 ? [NEAR_TOP, NEAR_BOTTOM] : [FAR_TOP, FAR_BOTTOM];
  return (roundedExp(-x * x) * polynomial(x, top)) / monic(x, bottom);
}

/** Below the exponential of this there is nothing left. */
const LOG_MIN = -709.782712893384;

const INNER_TOP = Float64Array.of(
  9.604973739870516,
  90.02601972038427,
  2232.005345946843,
  7003.325141128051,
  55592.30130103949,
);
const INNER_BOTTOM = Float64Array.of(
  33.56171416475031,
  521.3579497801527,
  4594.323829709801,
  22629.000061389095,
  49267.39426086359,
);
const NEAR_TOP = Float64Array.of(
  2.461969814735305e-10,
  0.5641895648310689,
  7.463210564422699,
  48.63719709856814,
  196.5208329560771,
  526.4451949954773,
  934.5285271719576,
  1027.5518868951572,
  557.5353353693994,
);
const NEAR_BOTTOM = Float64Array.of(
  13.228195115474499,
  86.70721408859897,
  354.9377788878199,
  975.7085017432055,
  1823.9091668790973,
  2246.3376081871097,
  1656.6630919416134,
  557.5353408177277,
);
const FAR_TOP = Float64Array.of(
  0.5641895835477551,
  1.275366707599781,
  5.019050422511805,
  6.160210979930536,
  7.4097426995044895,
  2.9788666537210022,
);
const FAR_BOTTOM = Float64Array.of(
  2.2605286322011726,
  9.396035249380015,
  12.048953980809666,
  17.08144507475659,
  9.608968090632859,
  3.369076451000815,
);
