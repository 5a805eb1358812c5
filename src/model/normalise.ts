/** Per-channel parameters: batch normalisation, layer scale, and parameters of one's own. */
import { shapeError, type StaticShape } from '../../ir/index.ts';
import { filled } from './initial.ts';
import { fromCaller } from './caller.ts';
import { parametricLayer } from './layer.ts';
import { readOptions } from './options.ts';
import { describe, type Layer, type Sym } from './sym.ts';
import { addNode, addParameter, claimPath, makeSym, traceOf } from './trace.ts';

/**
 * Batch normalisation with running statistics (Ioffe and Szegedy 2015), as PyTorch's `nn.BatchNorm2d` in
 * evaluation mode: (x - running_mean) / sqrt(running_var + eps) weight + bias, all four of shape [C].
 * `eps` is 1e-5 by default.
 */
export function batchNorm(options: { readonly eps?: number } = {}): Layer {
  fromCaller(batchNorm, () => readOptions('batchNorm', options, ['eps']));
  return parametricLayer('batchNorm', (trace, x, path) => {
    const vector = (name: string, value: number) =>
      addParameter(trace, `${path}.${name}`, [x.channels], filled(value));
    const scale = vector('weight', 1);
    const bias = vector('bias', 0);
    const mean = vector('running_mean', 0);
    const variance = vector('running_var', 1);
    const epsilon = options.eps ?? 1e-5;
    return addNode(trace, 'batchNorm', path, [x.id, scale, bias, mean, variance], { epsilon });
  });
}

/**
 * Multiplies each channel by a learned factor, layer scale (Touvron et al. 2021): x [N, C, ...] times
 * `weight` [C, 1, ...], which starts at `init` (1 by default).
 */
export function scale(options: { readonly init?: number } = {}): Layer {
  fromCaller(scale, () => readOptions('scale', options, ['init']));
  return parametricLayer('scale', (trace, x, path) => {
    const shape = [x.channels, ...x.shape.slice(2).map(() => 1)];
    const weight = addParameter(trace, `${path}.weight`, shape, filled(options.init ?? 1));
    return addNode(trace, 'mul', path, [x.id, weight]);
  });
}

/**
 * A learned tensor of one's own, called `name` in the scope in which `x` is being used:
 * `mul(x, parameter(x, 'layer_scale', [x.channels, 1, 1]))`. It starts at `init` (1 by default).
 */
export function parameter(
  x: Sym,
  name: string,
  shape: StaticShape,
  options: { readonly init?: number } = {},
): Sym {
  return fromCaller(parameter, () => {
    readOptions('parameter', options, ['init']);
    if (!Array.isArray(shape)) {
      throw shapeError(`parameter "${name}": the shape must be a list, not ${describe(shape)}`);
    }
    const trace = traceOf(x);
    const path = claimPath(trace, name);
    return makeSym(trace, addParameter(trace, path, shape, filled(options.init ?? 1)));
  });
}
