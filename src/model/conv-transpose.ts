/** Transposed convolution. */
import { printShape, shapeError } from '../../ir/index.ts';
import { fromCaller } from './caller.ts';
import { kaimingNormal, uniformBias } from './initial.ts';
import { parametricLayer } from './layer.ts';
import { checkInteger, readOptions, readPadding, readPair } from './options.ts';
import type { Padding, Pair } from './options.ts';
import type { Layer } from './sym.ts';
import { addNode, addParameter } from './trace.ts';

/** As in PyTorch's `nn.ConvTranspose2d`, defaults included. */
export interface ConvTransposeOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** What is cut off of the output; default 0. */
  readonly padding?: Exclude<Padding, string>;
  /** Rows and columns more at the bottom and right, less than the stride or the dilation; default 0. */
  readonly outputPadding?: Pair;
  /** Default 1. */
  readonly dilation?: Pair;
  /** Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

const options = ['stride', 'padding', 'outputPadding', 'dilation', 'groups', 'bias'] as const;

/**
 * Transposed convolution, [N, C, H, W] to [N, out, H', W'], where H' = (H - 1) stride - 2 padding +
 * dilation (kernel - 1) + outputPadding + 1. Parameters: `weight` [C, out / groups, kH, kW] and, unless
 * `bias` is false, `bias` [out]. Throws a `shape` error.
 */
export function convTranspose2d(
  out: number,
  kernel: Pair,
  given: ConvTransposeOptions = {},
): Layer {
  return fromCaller(convTranspose2d, () => {
    readOptions('convTranspose2d', given, options);
    const { groups = 1, bias = true, padding = 0 } = given;
    checkInteger(out, 1, 'convTranspose2d: out');
    checkInteger(groups, 1, 'convTranspose2d: groups');
    if (out % groups !== 0) {
      throw shapeError(`convTranspose2d: groups=${groups} does not divide out=${out}`);
    }
    const size = readPair(kernel, 'convTranspose2d: kernel');
    const strides = readPair(given.stride ?? 1, 'convTranspose2d: stride');
    const dilations = readPair(given.dilation ?? 1, 'convTranspose2d: dilation');
    const added = readPair(given.outputPadding ?? 0, 'convTranspose2d: outputPadding', 0);
    if (typeof padding === 'string') {
      throw shapeError(`convTranspose2d: padding="${String(padding)}" must be a number or several`);
    }
    const pads = readPadding(padding, size, strides, dilations, 'convTranspose2d: padding');
    return parametricLayer('convTranspose2d', (trace, x, path) => {
      if (x.channels % groups !== 0) {
        const input = `"${x.id}" ${printShape(x.shape)} has ${x.channels} ${x.channels === 1 ? 'channel' : 'channels'}`;
        throw shapeError(
          `convTranspose2d "${path}": ${input}, which groups=${groups} does not divide`,
          path,
        );
      }
      // An output sums about so many products, as the taps are shared out among stride x stride outputs.
      const taps = Math.max(1, (size[0] * size[1]) / (strides[0] * strides[1]));
      const fanIn = (x.channels / groups) * taps;
      const shape = [x.channels, out / groups, ...size];
      const w = addParameter(trace, `${path}.weight`, shape, kaimingNormal(fanIn));
      const b = bias ? addParameter(trace, `${path}.bias`, [out], uniformBias(fanIn)) : null;
      return addNode(trace, 'convTranspose2d', path, [x.id, w, b], {
        strides,
        pads,
        dilations,
        output_padding: added,
        group: groups,
      });
    });
  });
}
