/** Plans written by hand, so that the runtime's tests need nothing of lowering. */
import type { Dispatch, Pipeline, Plan, Region } from '../../codegen/index.ts';
import { tensor } from '../../ir/index.ts';

const region = (buffer: number, bytes: number): Region => ({ buffer, offset: 0, bytes });

export const scaleWgsl = `
  @group(0) @binding(0) var<storage, read> x: array<f32>;
  @group(0) @binding(1) var<storage, read> w: array<f32>;
  @group(0) @binding(2) var<storage, read_write> y: array<f32>;
  struct Sizes { size: u32, offset: f32 }
  @group(0) @binding(3) var<uniform> sizes: Sizes;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < sizes.size) { y[id.x] = x[id.x] * w[0] + sizes.offset; }
  }`;

const scale: Pipeline = {
  key: 'scale',
  wgsl: scaleWgsl,
  layout: ['read', 'read', 'write', 'uniform'],
};

/** y = 2 x + 1 by the node "stem", z = 2 y + 10 by the node "head"; `size` elements. */
export function scalePlan(size: number, changes: Partial<Plan> = {}): Plan {
  const bytes = 4 * size;
  const dispatch = (node: string, from: string, to: string, offset: number): Dispatch => ({
    node,
    covers: [node],
    kernel: 'scale',
    label: 'x64',
    selection: { candidates: 3, by: 'estimate' },
    conversions: 0,
    pipeline: 0,
    workgroups: [Math.ceil(size / 64), 1, 1],
    bindings: [
      { kind: 'read', value: from, region: region(from === 'x' ? 0 : 1, bytes) },
      { kind: 'weight', weight: 0 },
      { kind: 'write', value: to, region: region(to === 'z' ? 0 : 1, bytes) },
      {
        kind: 'uniform',
        words: [
          { name: 'size', type: 'u32', value: size },
          { name: 'offset', type: 'f32', value: offset },
        ],
      },
    ],
  });
  return {
    name: 'scale',
    inputs: [{ name: 'x', shape: [size], type: 'f32', region: region(0, bytes) }],
    outputs: [
      { name: 'y', shape: [size], type: 'f32', region: region(1, bytes) },
      { name: 'z', shape: [size], type: 'f32', region: region(0, bytes) },
    ],
    buffers: [bytes, bytes],
    weights: [{ source: 'factor', packing: 'plain', type: 'f32', bytes: 4 }],
    pipelines: [scale],
    dispatches: [dispatch('stem', 'x', 'y', 1), dispatch('head', 'y', 'z', 10)],
    peakBytes: 2 * bytes,
    lowerBoundBytes: 2 * bytes,
    ...changes,
  };
}

export const scaleConstants = { factor: tensor([1], [2]) };

export const expectedY = (x: readonly number[]): number[] => x.map((v) => 2 * v + 1);
export const expectedZ = (x: readonly number[]): number[] => x.map((v) => 4 * v + 12);
