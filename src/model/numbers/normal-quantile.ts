import { roundedLog } from './rounded.ts';
import { monic, polynomial } from './polynomial.ts';

/**
 * The quantile function of the normal distribution: S. L. Moshier's rational approximations (Cephes,
 * `ndtri`), which scipy uses, in the same order of operations.
 */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return probability === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (probability >= 1) return probability === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  const isUpper = probability > 1 - TAIL;
  const y = isUpper ? 1 - probability : probability;
  if (y > TAIL) {
    const centred = y - 0.5;
    const square = centred * centred;
    const ratio = (square * polynomial(square, CENTRE_TOP)) / monic(square, CENTRE_BOTTOM);
    return (centred + centred * ratio) * SQRT_2_PI;
  }
  const root = Math.sqrt(-2 * roundedLog(y));
  const first = root - roundedLog(root) / root;
  const z = 1 / root;
  const second =
    root < 8
      ? (z * polynomial(z, NEAR_TOP)) / monic(z, NEAR_BOTTOM)
      : (z * polynomial(z, FAR_TOP)) / monic(z, FAR_BOTTOM);
  return isUpper ? first - second : -(first - second);
}

/** exp(-2), where the tails begin. */
const TAIL = 0.1353352832366127;
const SQRT_2_PI = 2.5066282746310007;

const CENTRE_TOP = Float64Array.of(
  -59.96335010141079,
  98.00107541859997,
  -56.67628574690703,
  13.931260938727968,
  -1.2391658386738125,
);
const CENTRE_BOTTOM = Float64Array.of(
  1.9544885833814176,
  4.676279128988815,
  86.36024213908905,
  -225.46268785411937,
  200.26021238006066,
  -82.03722561683334,
  15.90562251262117,
  -1.1833162112133,
);
/** For roots from 2 to 8: probabilities from exp(-2) down to exp(-32). */
const NEAR_TOP = Float64Array.of(
  4.0554489230596245,
  31.525109459989388,
  57.16281922464213,
  44.08050738932008,
  14.684956192885803,
  2.1866330685079025,
  -0.1402560791713545,
  -0.03504246268278482,
  -0.0008574567851546854,
);
const NEAR_BOTTOM = Float64Array.of(
  15.779988325646675,
  45.39076351288792,
  41.3172038254672,
  15.04253856929075,
  2.504649462083094,
  -0.14218292285478779,
  -0.03808064076915783,
  -0.0009332594808954574,
);
const FAR_TOP = Float64Array.of(
  3.2377489177694603,
  6.915228890689842,
  3.9388102529247444,
  1.3330346081580755,
  0.20148538954917908,
  0.012371663481782003,
  0.00030158155350823543,
  2.6580697468673755e-6,
  6.239745391849833e-9,
);
const FAR_BOTTOM = Float64Array.of(
  6.02427039364742,
  3.6798356385616087,
  1.3770209948908132,
  0.21623699359449663,
  0.013420400608854318,
  0.00032801446468212774,
  2.8924786474538068e-6,
  6.790194080099813e-9,
);
