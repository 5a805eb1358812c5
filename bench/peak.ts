/** The most multiply-adds that an adapter does: a long unrolled body that reads and writes nothing. */
import type { Device } from '../src/index.ts';

const ACCUMULATORS = 10;
const UNROLLED = 32;
const WORKGROUPS = 1024;
const WORKGROUP = 64;

const each = (make: (i: number) => string) =>
  Array.from({ length: ACCUMULATORS }, (_, i) => make(i));

const wgsl = /* wgsl */ `
struct Sizes { steps: u32, factor: f32, term: f32 }
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> p: Sizes;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let f = p.factor;
  let t = p.term;
${each((i) => `  var a${i} = f32(id.x) * 1e-6 + ${i + 1}.0;`).join('\n')}
  for (var step = 0u; step < p.steps; step++) {
${Array.from({ length: UNROLLED }, () => `    ${each((i) => `a${i} = a${i} * f + t;`).join(' ')}`).join('\n')}
  }
  y[id.x] = ${each((i) => `a${i}`).join(' + ')};
}`;

/** Storage, uniform, and copies to it, by WebGPU's numbers. */
const usage = { storage: 0x80, uniform: 0x40, copyDst: 0x08 } as const;

export interface Peak {
  /** Floating-point operations of one run, two for a multiply-add. */
  readonly flops: number;
  /** One run, in milliseconds. */
  measure(): Promise<number>;
}

/** A peak that takes at least `least` milliseconds. */
export async function preparePeak({ gpu }: Device, least = 8): Promise<Peak> {
  const module = gpu.createShaderModule({ code: wgsl });
  const compute = { module };
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute });
  const y = gpu.createBuffer({ size: 4 * WORKGROUPS * WORKGROUP, usage: usage.storage });
  const sizes = gpu.createBuffer({ size: 16, usage: usage.uniform | usage.copyDst });
  const bindGroup = gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [y, sizes].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const setSteps = (steps: number) => {
    const words = new DataView(new ArrayBuffer(16));
    words.setUint32(0, steps, true);
    words.setFloat32(4, 0.9999, true); // Stays far from infinity and from denormals.
    words.setFloat32(8, 0.0001, true);
    gpu.queue.writeBuffer(sizes, 0, words.buffer);
  };
  const measure = async () => {
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(WORKGROUPS);
    pass.end();
    const commands = encoder.finish();
    const begin = performance.now();
    gpu.queue.submit([commands]);
    await gpu.queue.onSubmittedWorkDone();
    return performance.now() - begin;
  };
  let steps = 1;
  for (;;) {
    setSteps(steps);
    await measure();
    if ((await measure()) >= least) break;
    steps *= 2;
  }
  return { flops: 2 * WORKGROUPS * WORKGROUP * steps * UNROLLED * ACCUMULATORS, measure };
}
