/**
 * Layers of real networks. What a kernel only offers for such sizes is run on the smallest of them that
 * it offers it for.
 */
import type { Graph } from '../../ir/index.ts';
import { bare, buildConv, window } from './conv-case.ts';

interface Layer {
  readonly channels: number;
  readonly outputs?: number;
  readonly size: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly group?: number;
}

const layers: readonly Layer[] = [
  { channels: 192, size: 7 },
  { channels: 192, size: 14 },
  { channels: 96, size: 28 },
  { channels: 48, size: 56 },
  { channels: 512, size: 7 },
  { channels: 3, outputs: 48, size: 224, stride: 2 },
  { channels: 48, size: 112, stride: 2 },
  { channels: 48, outputs: 96, size: 56, stride: 2 },
  { channels: 96, outputs: 192, size: 28, stride: 2 },
  { channels: 192, outputs: 1280, size: 14, stride: 2 },
  { channels: 256, size: 14, kernel: 1 },
  { channels: 1024, size: 7, kernel: 1 },
  { channels: 64, outputs: 128, size: 56, kernel: 1 },
  { channels: 256, size: 14, group: 256 },
  { channels: 64, size: 56, group: 64 },
  { channels: 64, size: 112, group: 64, stride: 2 },
  { channels: 128, size: 28, group: 2 },
];

export const realLayers: readonly (() => Graph)[] = [1, 8].flatMap((batch) =>
  layers.map((layer) => () => {
    const { channels, outputs = channels, size, kernel = 3, stride = 1, group = 1 } = layer;
    const pad = (kernel - 1) / 2;
    return buildConv({
      batch,
      group,
      channels: channels / group,
      outputs: outputs / group,
      size: [size, size],
      pads: [pad, pad, pad, pad],
      window: window([kernel, kernel], [stride, stride]),
      extras: { ...bare, bias: true, act: 'relu' },
    });
  }),
);
