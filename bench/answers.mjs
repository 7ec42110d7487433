import { doublesOf } from './contestant.mjs';

/**
 * How far a float32 library may be from the double: it adds hundreds of float32 leaf values, each
 * rounding to 6e-8 of a sum that is some hundred times the mean.
 */
const FLOAT32_ERROR_MAX = 1e-5;

/**
 * Ours against scikit-learn's own sums, bit for bit; ONNX Runtime's float32 within its arithmetic.
 * @param {readonly Float64Array[]} answers ours (raw), ONNX Runtime's and scikit-learn's predictions
 */
export function checkAnswers(shape, rawBytes, [ours, onnx, sklearn]) {
  const raw = doublesOf(rawBytes);
  const means = raw.map((sum) => sum / shape.trees);
  const wrong = [];
  const differing = countOf(raw, (sum, at) => !Object.is(sum, ours[at]));
  if (ours.length !== raw.length || differing > 0) {
    wrong.push(
      `${shape.name}: ${differing} of ${raw.length} raw scores differ from scikit-learn's`,
    );
  }
  if (countOf(means, (mean, at) => !Object.is(mean, sklearn[at])) > 0) {
    wrong.push(`${shape.name}: scikit-learn disagrees with what it said when it trained the shape`);
  }
  const onnxErrorMax = means.reduce(
    (most, mean, at) => Math.max(most, Math.abs(mean - onnx[at])),
    0,
  );
  if (!(onnxErrorMax <= FLOAT32_ERROR_MAX)) {
    wrong.push(
      `${shape.name}: ONNX Runtime is ${onnxErrorMax} away: it does not run the same forest`,
    );
  }
  return { rowsChecked: raw.length, rowsDiffering: differing, onnxErrorMax, wrong };
}

function countOf(values, holds) {
  return values.reduce((count, value, at) => count + (holds(value, at) ? 1 : 0), 0);
}
