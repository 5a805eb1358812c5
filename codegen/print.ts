/** A plan as text to read. */
import { printId, printShape } from '../ir/index.ts';
import type { Binding, Dispatch, Plan, Port, Region, Weight } from './plan.ts';

const printRegion = ({ buffer, offset, bytes }: Region) =>
  `b${buffer}[${offset}..${offset + bytes}]`;

const printPort = (kind: string, { name, shape, region }: Port) =>
  `${kind} ${name} ${printShape(shape)} in ${printRegion(region)}`;

/** Buffers, weights and dispatches, a line each; sizes in bytes. */
export function printPlan(plan: Plan): string {
  const converting = plan.dispatches.filter(({ conversions }) => conversions > 0);
  const saved = converting.filter(({ conversions }) => conversions > 1).length;
  const buffers = plan.buffers.map((bytes, i) => `b${i}=${bytes}`).join(' ');
  return [
    `plan ${plan.name}: peak ${plan.peakBytes} bytes, lower bound ${plan.lowerBoundBytes}, ${buffers}`,
    `layouts: ${converting.length} conversions, ${saved} saved`,
    ...plan.inputs.map((port) => printPort('input', port)),
    ...plan.weights.map(printWeight),
    ...plan.dispatches.map(printDispatch(plan)),
    ...plan.outputs.map((port) => printPort('output', port)),
    '',
  ].join('\n');
}

const printWeight = ({ source, packing, type, bytes }: Weight, i: number) =>
  `w${i} ${printId(source)} as ${packing}${type === 'f16' ? ' in float16' : ''}, ${bytes} bytes`;

const printDispatch = (plan: Plan) => (dispatch: Dispatch, i: number) => {
  const { covers, node, workgroups, bindings } = dispatch;
  const names = covers.length > 0 ? covers.join(' + ') : node;
  const { key } = plan.pipelines[dispatch.pipeline]!;
  return `${i} ${names}: ${key} on ${workgroups.join('x')}: ${bindings.map(printBinding).join(', ')}`;
};

function printBinding(binding: Binding): string {
  switch (binding.kind) {
    case 'read':
    case 'write':
      return `${binding.kind} ${printId(binding.value)} ${printRegion(binding.region)}`;
    case 'weight':
      return `w${binding.weight}`;
    case 'uniform':
      return `{${binding.words.map(({ name, value }) => `${name}=${value}`).join(' ')}}`;
  }
}
