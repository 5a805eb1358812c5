/** Pools. */
import { fromCaller } from './caller.ts';
import { leafLayer } from './layer.ts';
import { readOptions, readPadding, readPair, type Padding, type Pair } from './options.ts';
import type { Layer } from './sym.ts';
import { addNode } from './trace.ts';

export interface PoolOptions {
  /** The kernel's size by default, as in PyTorch. */
  readonly stride?: Pair;
  /** Default 0; smaller than the kernel. */
  readonly padding?: Exclude<Padding, 'same' | 'valid'>;
}

function readWindow(kind: string, kernel: Pair, { stride = kernel, padding = 0 }: PoolOptions) {
  const kernel_shape = readPair(kernel, `${kind}: kernel`);
  const strides = readPair(stride, `${kind}: stride`);
  const pads = readPadding(padding, kernel_shape, strides, [1, 1], `${kind}: padding`);
  return { kernel_shape, strides, pads };
}

/** The greatest value of each window, [N, C, H, W] to [N, C, H', W']. */
export function maxPool2d(kernel: Pair, options: PoolOptions = {}): Layer {
  return fromCaller(maxPool2d, () => {
    readOptions('maxPool2d', options, ['stride', 'padding']);
    const attrs = readWindow('maxPool2d', kernel, options);
    return leafLayer('maxPool2d', (trace, x, path) =>
      addNode(trace, 'maxPool', path, [x.id], attrs),
    );
  });
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts in the divisor: by default true, as in PyTorch (false in ONNX and Keras). */
  readonly countIncludePad?: boolean;
}

/** The mean of each window, [N, C, H, W] to [N, C, H', W']. */
export function avgPool2d(kernel: Pair, options: AvgPoolOptions = {}): Layer {
  return fromCaller(avgPool2d, () => {
    readOptions('avgPool2d', options, ['stride', 'padding', 'countIncludePad']);
    const window = readWindow('avgPool2d', kernel, options);
    const attrs = { ...window, count_include_pad: options.countIncludePad ?? true };
    return leafLayer('avgPool2d', (trace, x, path) =>
      addNode(trace, 'averagePool', path, [x.id], attrs),
    );
  });
}

/** The mean over height and width, [N, C, H, W] to [N, C, 1, 1]: PyTorch's `nn.AdaptiveAvgPool2d(1)`. */
export const globalAveragePool: Layer = leafLayer('globalAveragePool', (trace, x, path) =>
  addNode(trace, 'globalAveragePool', path, [x.id]),
);
