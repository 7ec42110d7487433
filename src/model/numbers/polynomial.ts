/** A polynomial by Horner's rule, the highest power first. */
export function polynomial(x: number, coefficients: Float64Array): number {
  let sum = coefficients[0]!;
  for (let at = 1; at < coefficients.length; at++) sum = sum * x + coefficients[at]!;
  return sum;
}

/** The same where the highest power has the factor 1, which is left out. */
export function monic(x: number, coefficients: Float64Array): number {
  let sum = x + coefficients[0]!;
  for (let at = 1; at < coefficients.length; at++) sum = sum * x + coefficients[at]!;
  return sum;
}
