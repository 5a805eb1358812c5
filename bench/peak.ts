/** The adapter's multiply-add peak: what the arithmetic alone could do, to measure kernels against. */
import type { Device } from '../src/runtime/index.ts';

const CHAINS = 10;
const UNROLL = 32;
const LOOPS = 256;
const INVOCATIONS = 8192;
const LANES = 64;

const chains = Array.from({ length: CHAINS }, (_, i) => `a${i}`);

/** Independent chains of multiply-adds, unrolled so far that the loop itself costs nothing. */
const wgsl = `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = 1.0 + f32(id.x) * 1e-9;
  let s = f32(id.x) * 1e-7;
${chains.map((name, i) => `  var ${name} = ${i}.5;`).join('\n')}
  for (var i = 0u; i < ${LOOPS}u; i++) {
${Array.from({ length: UNROLL }, () => chains.map((a) => `    ${a} = ${a} * m + s;`).join('\n')).join('\n')}
  }
  y[id.x] = ${chains.join(' + ')};
}`;

export interface PeakKernel {
  /** GFLOP/s of one round: two operations for each multiply-add. */
  readonly measure: () => Promise<number>;
}

export async function makePeakKernel({ gpu }: Device): Promise<PeakKernel> {
  const module = gpu.createShaderModule({ code: wgsl });
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const storage = 0x80;
  const buffer = gpu.createBuffer({ size: 4 * INVOCATIONS, usage: storage });
  const group = gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  const operations = 2 * CHAINS * UNROLL * LOOPS * INVOCATIONS;
  return {
    async measure() {
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(INVOCATIONS / LANES);
      pass.end();
      const start = performance.now();
      gpu.queue.submit([encoder.finish()]);
      await gpu.queue.onSubmittedWorkDone();
      return operations / (performance.now() - start) / 1e6;
    },
  };
}
