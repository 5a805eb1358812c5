/** Fully connected layers of any kind: one invocation for each output. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import { slowCost, slowRoofline } from './slow.ts';
import { weightPacking } from './weight-packing.ts';

export const linearDirect: Kernel<'linear'> = {
  name: 'linear-direct',
  doc: 'Any linear layer, also with computed weights.',
  refuses: () => null,
  candidates(job, device) {
    const macs = elementCount(job.output.shape) * job.inputs[1]!.shape[1]!;
    const cost = device.software ? slowCost(macs) : slowRoofline(job, macs);
    return [{ label: '', cost, emit: () => emitDirect(job, device) }];
  },
};

function emitDirect(job: Job<'linear'>, device: DeviceProfile): Emission {
  const { inputs, output, residual, act } = job;
  const [rows, weights, bias] = inputs;
  const b = binder(device);
  const x = b.read('x', rows!);
  const { packing, pack } = weightPacking(weights!, 1);
  const weightAt = b.weights(job, 'f32', packing);
  const start = bias ? b.read('bias', bias)('m') : '0.0';
  const add = residual ? ` + ${b.read('residual', residual)('index')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const [outputs, depth] = weights!.shape as [number, number];
  const step = b.step({
    kernel: 'linear-direct',
    words: [u32('outputs', outputs), u32('depth', depth), u32('pack', pack), ...words],
    invocations: elementCount(output.shape),
    functions,
    body: `
let m = index % p.outputs;
let first = index / p.outputs * p.depth;
let at = m / p.pack * p.depth * p.pack + m % p.pack;
var result = ${start};
for (var k = 0u; k < p.depth; k++) {
  result += ${weightAt('at + k * p.pack')} * ${x('first + k')};
}
${y('index', apply(`result${add}`))};`,
  });
  return { steps: [step], temporaries: [] };
}
