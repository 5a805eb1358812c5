/** Layers that rename memory, and softmax. */
import { shapeError, printShape, type Dim, type Shape } from '../../ir/index.ts';
import { configurable, leafLayer, type Configurable } from './layer.ts';
import type { Layer } from './sym.ts';
import { addNode } from './trace.ts';

/** x itself. */
export const identity: Layer = leafLayer('identity', (trace, x, path) =>
  addNode(trace, 'identity', path, [x.id]),
);

/**
 * The same elements in another shape. One size may be -1 and is inferred; 0 copies the size at its place;
 * a string is a symbolic size.
 */
export const reshape = (shape: Shape): Layer =>
  leafLayer('reshape', (trace, x, path) => addNode(trace, 'reshape', path, [x.id], { shape }));

/** As in PyTorch's `nn.Flatten`. */
export interface FlattenOptions {
  /** The first axis merged; default 1. */
  readonly startDim?: number;
  /** The last axis merged, included; default -1, the last. */
  readonly endDim?: number;
}

function axis(dim: number, shape: Shape, path: string): number {
  const resolved = dim < 0 ? dim + shape.length : dim;
  if (Number.isInteger(dim) && resolved >= 0 && resolved < shape.length) return resolved;
  throw shapeError(`flatten "${path}": ${printShape(shape)} has no axis ${dim}`, path);
}

/** Merges the axes from `startDim` to `endDim` into one: [N, C, H, W] to [N, C*H*W] by default. */
export const flatten: Configurable<FlattenOptions> = configurable(
  'flatten',
  ['startDim', 'endDim'],
  ({ startDim = 1, endDim = -1 }: FlattenOptions) =>
    leafLayer('flatten', (trace, x, path) => {
      const [start, end] = [axis(startDim, x.shape, path), axis(endDim, x.shape, path)];
      if (start > end) {
        throw shapeError(`flatten "${path}": startDim=${startDim} is after endDim=${endDim}`, path);
      }
      if (start === 1 && end === x.shape.length - 1) {
        return addNode(trace, 'flatten', path, [x.id], { axis: 1 });
      }
      const before: Dim[] = x.shape.slice(0, start).map(() => 0);
      const shape = [...before, -1, ...x.shape.slice(end + 1)];
      return addNode(trace, 'reshape', path, [x.id], { shape });
    }),
);

/** exp(x) over the sum of exp(x) along the axis `dim`, the last by default. */
export const softmax: Configurable<{ readonly dim?: number }> = configurable(
  'softmax',
  ['dim'],
  ({ dim = -1 }: { readonly dim?: number }) =>
    leafLayer('softmax', (trace, x, path) =>
      addNode(trace, 'softmax', path, [x.id], { axis: dim }),
    ),
);
