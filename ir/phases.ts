/**
 * Transposed convolutions as ordinary ones (Shi et al. 2016, "Is the deconvolution layer the same as a
 * convolutional layer?"). Along an axis, tap k of pixel i falls on the output i stride + k dilation, counted
 * from the first one that the pads cut off. So of the outputs stride t + r, all of one phase r sum the same
 * taps, each with the pixel t - back: a convolution of stride 1 with a part of the kernel.
 */

export interface PhaseTap {
  readonly tap: number;
  /** How many pixels before t it reads. */
  readonly back: number;
}

/** The taps along an axis that fall on outputs of the phase; none, perhaps. */
export const tapsOfPhase = (
  phase: number,
  kernel: number,
  stride: number,
  dilation: number,
): PhaseTap[] =>
  Array.from({ length: kernel }, (_, tap) => ({
    tap,
    back: (tap * dilation - phase) / stride,
  })).filter(({ back }) => Number.isInteger(back));

export const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b);

/** How many taps of the kernel fall on one output at most. */
export const mostTaps = (
  kernel: readonly number[],
  { strides, dilations }: { strides: readonly number[]; dilations: readonly number[] },
): number =>
  kernel.reduce((product, taps, axis) => {
    const stride = strides[axis]!;
    // Every so many taps fall on the same phase.
    const period = stride / greatestCommonDivisor(stride, dilations[axis]!);
    return product * Math.ceil(taps / period);
  }, 1);
