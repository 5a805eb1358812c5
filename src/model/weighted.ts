/** The layers with weights: convolution and linear. */
import { printShape, shapeError } from '../../ir/index.ts';
import { kaimingNormal, uniformBias } from './initial.ts';
import { fromCaller } from './caller.ts';
import { parametricLayer } from './layer.ts';
import {
  checkInteger,
  readOptions,
  readPadding,
  readPair,
  type Padding,
  type Pair,
} from './options.ts';
import type { Layer } from './sym.ts';
import { addNode, addParameter } from './trace.ts';

/** As in PyTorch's `nn.Conv2d`, defaults included. */
export interface ConvOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Default 0. */
  readonly padding?: Padding;
  /** Default 1. */
  readonly dilation?: Pair;
  /** Default 1; as many as channels is a depthwise convolution. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * Convolution, [N, C, H, W] to [N, out, H', W']. Parameters: `weight` [out, C / groups, kH, kW] and, unless
 * `bias` is false, `bias` [out]. The input's channels are taken from the tensor it is applied to.
 * Throws a `shape` error.
 */
export function conv2d(out: number, kernel: Pair, options: ConvOptions = {}): Layer {
  return fromCaller(conv2d, () => {
    readOptions('conv2d', options, ['stride', 'padding', 'dilation', 'groups', 'bias']);
    const { groups = 1, bias = true, padding = 0 } = options;
    checkInteger(out, 1, 'conv2d: out');
    checkInteger(groups, 1, 'conv2d: groups');
    if (out % groups !== 0) throw shapeError(`conv2d: groups=${groups} does not divide out=${out}`);
    const size = readPair(kernel, 'conv2d: kernel');
    const strides = readPair(options.stride ?? 1, 'conv2d: stride');
    const dilations = readPair(options.dilation ?? 1, 'conv2d: dilation');
    const pads = readPadding(padding, size, strides, dilations, 'conv2d: padding');
    return parametricLayer('conv2d', (trace, x, path) => {
      if (x.channels % groups !== 0) {
        const input = `"${x.id}" ${printShape(x.shape)} has ${x.channels} ${x.channels === 1 ? 'channel' : 'channels'}`;
        throw shapeError(
          `conv2d "${path}": ${input}, which groups=${groups} does not divide`,
          path,
        );
      }
      const perGroup = x.channels / groups;
      const fanIn = perGroup * size[0] * size[1];
      const shape = [out, perGroup, ...size];
      const w = addParameter(trace, `${path}.weight`, shape, kaimingNormal(fanIn));
      const b = bias ? addParameter(trace, `${path}.bias`, [out], uniformBias(fanIn)) : null;
      return addNode(trace, 'conv2d', path, [x.id, w, b], {
        strides,
        pads,
        dilations,
        group: groups,
      });
    });
  });
}

/**
 * x times the transpose of `weight` [out, K], plus `bias` [out] unless that is false: [..., K] to
 * [..., out]. Throws a `shape` error where K is symbolic.
 */
export function linear(out: number, options: { readonly bias?: boolean } = {}): Layer {
  return fromCaller(linear, () => {
    checkInteger(out, 1, 'linear: out');
    readOptions('linear', options, ['bias']);
    return parametricLayer('linear', (trace, x, path) => {
      const features = x.shape.at(-1);
      if (typeof features !== 'number') {
        const input = `"${x.id}" ${printShape(x.shape)} has no fixed size on its last axis`;
        throw shapeError(`linear "${path}": ${input}; pool before, or fix the input's sizes`, path);
      }
      const w = addParameter(trace, `${path}.weight`, [out, features], kaimingNormal(features));
      const hasBias = options.bias ?? true;
      const b = hasBias ? addParameter(trace, `${path}.bias`, [out], uniformBias(features)) : null;
      return addNode(trace, 'linear', path, [x.id, w, b]);
    });
  });
}
