/**
 * What an adapter can do at most, measured: multiply-adds, by a long unrolled body that reads and writes next to
 * nothing, and bytes of memory, by a copy of more than caches hold. Williams, Waterman and Patterson, "Roofline:
 * an insightful visual performance model for multicore architectures" (2009).
 */
import type { Binding, Plan } from '../../codegen/index.ts';
import { makeClock, type ClockKind } from './clock.ts';
import type { Device } from './device.ts';
import { prepare } from './executable.ts';
import type { BoundStep } from './steps.ts';

/** Kernels that do nothing but one kind of work. */
export interface Probe {
  readonly steps: readonly BoundStep[];
  /** Floating-point operations, two for a multiply-add; or bytes, those read and those written. */
  readonly work: number;
  free(): void;
}

/** One dispatch as a plan, with these buffers. */
const probePlan = (name: string, wgsl: string, workgroups: number, bindings: Binding[]): Plan => {
  const regions = bindings.flatMap((binding) => ('region' in binding ? [binding.region] : []));
  const layout = bindings.map(({ kind }) => (kind === 'weight' ? 'read' : kind));
  const own = { node: name, covers: [], kernel: name, label: '', selection: null };
  const bytes = regions.reduce((sum, region) => sum + region.bytes, 0);
  return {
    name,
    inputs: [],
    outputs: [],
    buffers: regions.map((region) => region.bytes),
    weights: [],
    pipelines: [{ key: `${name} ${workgroups}`, wgsl, layout }],
    dispatches: [{ ...own, conversions: 0, pipeline: 0, workgroups: [workgroups, 1, 1], bindings }],
    peakBytes: bytes,
    lowerBoundBytes: bytes,
  };
};

const region = (buffer: number, bytes: number) => ({ buffer, offset: 0, bytes });

async function open(plan: Plan, work: number, device: Device): Promise<Probe> {
  const executable = await prepare(plan, {}, device);
  return { steps: executable.steps, work, free: () => executable.free() };
}

const ACCUMULATORS = 10;
const UNROLLED = 32;
const WORKGROUPS = 1024;
const WORKGROUP = 64;

const each = (make: (i: number) => string) =>
  Array.from({ length: ACCUMULATORS }, (_, i) => make(i));

const multiplyAdds = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
struct Sizes { loops: u32, factor: f32, term: f32 }
@group(0) @binding(1) var<uniform> p: Sizes;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let f = p.factor;
  let t = p.term;
${each((i) => `  var a${i} = f32(id.x) * 1e-6 + ${i + 1}.0;`).join('\n')}
  for (var loop_ = 0u; loop_ < p.loops; loop_++) {
${Array.from({ length: UNROLLED }, () => `    ${each((i) => `a${i} = a${i} * f + t;`).join(' ')}`).join('\n')}
  }
  y[id.x] = ${each((i) => `a${i}`).join(' + ')};
}`;

function multiplyAddPlan(loops: number): Plan {
  return probePlan('multiply-adds', multiplyAdds, WORKGROUPS, [
    { kind: 'write', value: 'y', region: region(0, 4 * WORKGROUPS * WORKGROUP) },
    {
      kind: 'uniform',
      words: [
        { name: 'loops', type: 'u32', value: loops },
        // Stays far from infinity and from denormals.
        { name: 'factor', type: 'f32', value: 0.9999 },
        { name: 'term', type: 'f32', value: 0.0001 },
      ],
    },
  ]);
}

/** A fast device needs that much for its launch not to count. */
const LEAST_US = 8000;

/** Multiply-adds for at least 8 ms. */
export async function openMultiplyAdds(device: Device, kind?: ClockKind): Promise<Probe> {
  const flops = 2 * WORKGROUPS * WORKGROUP * UNROLLED * ACCUMULATORS;
  const clock = makeClock(device, { most: 1, name: 'multiply-adds', kind });
  try {
    for (let loops = 1; ;) {
      const probe = await open(multiplyAddPlan(loops), loops * flops, device);
      const timed = [{ steps: probe.steps, times: 1 }];
      await clock.read(timed); // The driver compiles.
      const [us] = (await clock.read(timed)) as [number];
      if (us >= LEAST_US) return probe;
      probe.free();
      loops *= Math.ceil(Math.min(16, Math.max(2, (1.2 * LEAST_US) / Math.max(us, 1))));
    }
  } finally {
    clock.free();
  }
}

const COPIERS = 4096;
const COPIED_AT_ONCE = 4;
const MOST_COPIED = 64 * 2 ** 20;

/**
 * A workgroup has one subgroup, where its size is known, and copies what lies together: a subgroup that a CPU
 * computes then walks through memory in order, and one of a GPU reads whole lines of its cache. The number of
 * rounds is no constant, so that compilers do not unroll them, which takes software adapters four times as long.
 */
const copy = (lanes: number) => /* wgsl */ `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rounds = arrayLength(&x) / ${COPIERS * COPIED_AT_ONCE * lanes}u;
  for (var round = 0u; round < rounds; round++) {
    let i = (group.x * rounds + round) * ${COPIED_AT_ONCE * lanes}u + lane;
${Array.from({ length: COPIED_AT_ONCE }, (_, j) => `    y[i + ${j * lanes}u] = x[i + ${j * lanes}u];`).join('\n')}
  }
}`;

/** Copies 64 MiB from one buffer into another, or what the device binds at once. */
export function openCopy(device: Device): Promise<Probe> {
  const { limits, subgroupSize } = device.profile;
  const lanes = subgroupSize ?? WORKGROUP;
  const most = Math.min(MOST_COPIED, limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const perRound = 16 * COPIERS * COPIED_AT_ONCE * lanes;
  const bytes = perRound * Math.max(1, Math.floor(most / perRound));
  const plan = probePlan(`copy ${bytes}`, copy(lanes), COPIERS, [
    { kind: 'read', value: 'x', region: region(0, bytes) },
    { kind: 'write', value: 'y', region: region(1, bytes) },
  ]);
  return open(plan, 2 * bytes, device);
}
