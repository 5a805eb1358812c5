/** Fully connected layers of few rows on hardware: a workgroup shares out the sum of four outputs. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import { bytesOf, elementBytes, type Emission, type Job, type Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32, weightType } from '../shader.ts';
import { roofline } from './cost.ts';
import { weightBytes } from './weight-packing.ts';
import { range } from './tile.ts';
import { bound } from './workgroup-matmul.ts';

/** Rows of x that a workgroup takes: several share the weights. */
const ROWS = [1, 4];

const WORKGROUP = 64;

export const linearReduce: Kernel<'linear'> = {
  name: 'linear-reduce',
  doc: 'Constant weights; neighbours load neighbouring weights, each once.',
  madeFor: 'hardware',
  refuses: ({ inputs }) =>
    inputs[1]!.packable ? null : 'the weights are not constant, or reshaped',
  candidates: (job, device) =>
    ROWS.map((rows) => ({
      label: `m4y${rows}`,
      cost: estimate(job, rows),
      emit: () => emit(job, rows, device),
    })),
};

const rowsOf = ({ output }: Job<'linear'>) => elementCount(output.shape.slice(0, -1));

const workgroupsOf = (job: Job<'linear'>, rows: number) =>
  Math.ceil(job.inputs[1]!.shape[0]! / 4) * Math.ceil(rowsOf(job) / rows);

function estimate(job: Job<'linear'>, rows: number): number {
  const depth = job.inputs[1]!.shape[1]!;
  const workgroups = workgroupsOf(job, rows);
  return roofline({
    workgroups,
    workgroupSize: WORKGROUP,
    sums: 4,
    flops: 8 * workgroups * depth * rows,
    bytes: bytesOf(job.inputs[0]!) + bytesOf(job.output) + weightBytes(job),
    cachedBytes:
      workgroups *
      depth *
      (4 * elementBytes(weightType(job)) + rows * elementBytes(job.inputs[0]!.type)),
    // The loop, and adding up what the invocations have.
    waits: Math.ceil(depth / WORKGROUP) + 1,
    efficiency: rows / (rows + 1 + rows),
  });
}

function emit(job: Job<'linear'>, rows: number, device: DeviceProfile): Emission {
  const { inputs, output, residual, act } = job;
  const [vectors, weights, bias] = inputs;
  const b = binder(device);
  const x = b.read('x', vectors!);
  const weightAt = b.weights(job, 'vec4f', 'quads');
  const shift = bias ? ` + ${b.read('bias', bias)('o')}` : '';
  const add = residual ? ` + ${b.read('residual', residual)('to')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const [outputs, depth] = weights!.shape as [number, number];
  const each = (code: (i: number) => string) => range(rows).map(code).join('\n');
  const step = b.step({
    kernel: 'linear-reduce',
    label: `m4y${rows}`,
    together: true,
    workgroupSize: WORKGROUP,
    words: [
      u32('depth', depth),
      u32('outputs', outputs),
      u32('rows', rowsOf(job)),
      u32('quads', Math.ceil(outputs / 4)),
      u32('one', 1),
      ...words,
    ],
    invocations: workgroupsOf(job, rows),
    functions: `var<workgroup> sums: array<vec4f, ${rows * WORKGROUP}>;\n${functions}`,
    body: `
let quad = index % p.quads;
let row = index / p.quads * ${rows}u;
${each((i) => `let first${i} = min(row + ${i}u, p.rows - 1u) * p.depth;`)}
${each((i) => `var sum${i} = vec4f();`)}
for (var k = local; k < p.depth; k += ${WORKGROUP}u) {
  let weight = ${weightAt('quad * p.depth + k')};
${each((i) => `  sum${i} += weight * ${x(`first${i} + k`)};`)}
}
${each((i) => `sums[${i * WORKGROUP}u + local] = sum${i};`)}
workgroupBarrier();
for (var half = ${bound(WORKGROUP / 2, device)}; half > 0u; half /= 2u) {
  if (local < half) {
${each((i) => `    sums[${i * WORKGROUP}u + local] += sums[${i * WORKGROUP}u + local + half];`)}
  }
  workgroupBarrier();
}
let o = quad * 4u + local % 4u;
if (local < ${4 * rows}u && row + local / 4u < p.rows && o < p.outputs) {
  let to = (row + local / 4u) * p.outputs + o;
  ${y('to', apply(`sums[local / 4u * ${WORKGROUP}u][local % 4u]${shift}${add}`))};
}`,
  });
  return { steps: [step], temporaries: [] };
}
