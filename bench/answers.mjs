/** Ours against scikit-learn's own, bit for bit: the sums over the trees, and what the head makes of them. */
export function checkOurs(shape, expected, answers) {
  const wrong = [];
  const differing = {};
  for (const kind of ['raw', 'predictions']) {
    const [own, theirs] = [answers[kind], expected[kind]];
    differing[kind] = countOf(theirs, (value, at) => !Object.is(value, own[at]));
    if (own.length !== theirs.length || differing[kind] > 0) {
      wrong.push(
        `${shape.name}: ${differing[kind]} of ${theirs.length} ${NAMES[kind]} differ from scikit-learn's`,
      );
    }
  }
  return { numbers: expected.raw.length, differing, wrong };
}

const NAMES = { raw: 'raw scores', predictions: 'predictions' };

/**
 * A peer within the arithmetic that it says it has.
 * @param {{of: 'every' | 'mean', max: number}} tolerance of every answer's error, or of their mean
 * @returns facts to be shown beside its figures, and the reason why these mean nothing, or null
 */
export function checkPeer(predictions, answers, tolerance) {
  const errors = Array.from(predictions, (value, at) => Math.abs(value - answers[at]));
  // Not a number stays so through both, and is within nothing.
  const errorMax = errors.reduce((most, error) => Math.max(most, error), 0);
  const errorMean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const judged = tolerance.of === 'mean' ? errorMean : errorMax;
  const why =
    judged <= tolerance.max
      ? null
      : `its answers are ${judged} from scikit-learn's (of ${tolerance.of}; at most ${tolerance.max} expected): it does not run the same forest`;
  return { about: { numbers: errors.length, tolerance, errorMax, errorMean }, why };
}

function countOf(values, holds) {
  return values.reduce((count, value, at) => count + (holds(value, at) ? 1 : 0), 0);
}
