/** Both kernels and why they were chosen, in one line. */
export function kernelText(shown: {
  readonly kernel: string;
  readonly batchKernel: string;
  readonly kernelReason: string;
}): string {
  const { kernel, batchKernel, kernelReason } = shown;
  const both = kernel === batchKernel ? kernel : `${kernel}, ${batchKernel} for batches`;
  return `${both}: ${kernelReason}`;
}
