/** Fully connected layers: four outputs by some rows for each invocation. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import { range } from './tile.ts';
import { NS } from './cost.ts';
import { LANES } from './window-conv.ts';

/** Rows of x that an invocation takes: one for a single image, four share the weights of a batch. */
const ROWS = [1, 4];

export const linearTiled: Kernel<'linear'> = {
  name: 'linear-tiled',
  doc: 'Constant weights, four outputs to a load.',
  madeFor: 'software',
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

function estimate(job: Job<'linear'>, rows: number): number {
  const [outputs, depth] = job.inputs[1]!.shape as [number, number];
  const invocations = Math.ceil(outputs / 4) * Math.ceil(rowsOf(job) / rows);
  const perStep = NS.vectorLoad + rows * (NS.load + 4 * (NS.multiplyAdd + NS.carry));
  const groups = Math.ceil(invocations / LANES);
  return (groups * (LANES / 8) * depth * perStep) / Math.min(groups, 2);
}

function emit(job: Job<'linear'>, rows: number, device: DeviceProfile): Emission {
  const { inputs, output, residual, act } = job;
  const [vectors, weights, bias] = inputs;
  const b = binder(device);
  const x = b.read('x', vectors!);
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const shift = bias ? ` + ${b.read('bias', bias)('o')}` : '';
  const add = residual ? ` + ${b.read('residual', residual)('to')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const [outputs, depth] = weights!.shape as [number, number];
  const tiles = Math.ceil(outputs / 4);
  const each = range(rows);
  const step = b.step({
    kernel: 'linear-tiled',
    label: `m4y${rows}`,
    workgroupSize: LANES,
    words: [
      u32('depth', depth),
      u32('outputs', outputs),
      u32('rows', rowsOf(job)),
      u32('tiles', tiles),
      ...words,
    ],
    invocations: tiles * Math.ceil(rowsOf(job) / rows),
    functions,
    body: `
let tile = index % p.tiles;
let row = index / p.tiles * ${rows}u;
let at = tile * p.depth;
${each.map((i) => `let first${i} = min(row + ${i}u, p.rows - 1u) * p.depth;`).join('\n')}
var sums: array<vec4f, ${rows}>;
for (var k = 0u; k < p.depth; k++) {
  let weight = ${w('at + k')};
${each.map((i) => `  sums[${i}] += weight * ${x(`first${i} + k`)};`).join('\n')}
}
for (var i = 0u; i < min(${rows}u, p.rows - row); i++) {
  for (var m = 0u; m < min(4u, p.outputs - tile * 4u); m++) {
    let o = tile * 4u + m;
    let to = (row + i) * p.outputs + o;
    ${y('to', apply(`sums[i][m]${shift}${add}`))};
  }
}`,
  });
  return { steps: [step], temporaries: [] };
}
