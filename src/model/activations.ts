/** Activations. Each is a layer: `relu(x)`, and `relu` itself in a `sequential`. Element by element, any shape. */
import { shapeError } from '../../ir/index.ts';
import type { ActivationName, AttrsOf } from '../../ir/index.ts';
import { fromCaller } from './caller.ts';
import { configurable, leafLayer, type Configurable } from './layer.ts';
import type { Layer } from './sym.ts';
import { addNode } from './trace.ts';

const activation = <K extends ActivationName>(
  op: K,
  attrs: Partial<AttrsOf<K>> = {},
  kind: string = op,
): Layer => leafLayer(kind, (trace, x, path) => addNode(trace, op, path, [x.id], attrs));

/** max(x, 0) */
export const relu: Layer = activation('relu');
/** min(max(x, 0), 6) */
export const relu6: Layer = activation('clip', { min: 0, max: 6 }, 'relu6');
/** 1 / (1 + exp(-x)) */
export const sigmoid: Layer = activation('sigmoid');
/** x sigmoid(x), also called swish. */
export const silu: Layer = activation('silu');
/** x clip(x / 6 + 1/2, 0, 1), as PyTorch's `nn.Hardswish`. */
export const hardSwish: Layer = activation('hardSwish');

/** min(max(x, min), max); either bound may be infinite. */
export function clip(min: number, max: number): Layer {
  return fromCaller(clip, () => activation('clip', { min, max }));
}

/** x where x >= 0, `negativeSlope` x elsewhere; 0.01 by default, as in PyTorch. */
export const leakyRelu: Configurable<{ readonly negativeSlope?: number }> = configurable(
  'leakyRelu',
  ['negativeSlope'],
  ({ negativeSlope = 0.01 }: { readonly negativeSlope?: number }) =>
    activation('leakyRelu', { alpha: negativeSlope }),
);

/** clip(`alpha` x + `beta`, 0, 1); 1/6 and 1/2 by default, as in PyTorch (ONNX has 0.2 and 1/2). */
export const hardSigmoid: Configurable<{ readonly alpha?: number; readonly beta?: number }> =
  configurable(
    'hardSigmoid',
    ['alpha', 'beta'],
    ({ alpha = 1 / 6, beta = 0.5 }: { readonly alpha?: number; readonly beta?: number }) =>
      activation('hardSigmoid', { alpha, beta }),
  );

/** x/2 (1 + erf(x / sqrt 2)), or with `approximate: 'tanh'` the tanh approximation. */
export const gelu: Configurable<{ readonly approximate?: 'none' | 'tanh' }> = configurable(
  'gelu',
  ['approximate'],
  ({ approximate = 'none' }: { readonly approximate?: 'none' | 'tanh' }) => {
    if (approximate === 'none' || approximate === 'tanh') {
      return activation('gelu', { tanh: approximate === 'tanh' ? 1 : 0 });
    }
    throw shapeError(`gelu: approximate=${JSON.stringify(approximate)} must be "none" or "tanh"`);
  },
);
