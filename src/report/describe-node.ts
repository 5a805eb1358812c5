/** What a node is, in two short lines that fit into a box. */
import type { Node, Shape, View } from '../../ir/index.ts';

export interface Description {
  /** `conv 3×3 + relu` */
  readonly label: string;
  /** `64→128, stride 2`; the shape of its output where there is nothing else to say. */
  readonly detail: string;
}

const names: Readonly<Partial<Record<Node['op'], string>>> = {
  averagePool: 'average pool',
  batchNorm: 'batch norm',
  globalAveragePool: 'global average',
  hardSigmoid: 'hard sigmoid',
  hardSwish: 'hard swish',
  leakyRelu: 'leaky relu',
  maxPool: 'max pool',
};

/** `64×56×56`: the batch left out. */
export const printSizes = (shape: Shape): string =>
  shape.length > 1 ? shape.slice(1).join('×') : shape.join('×');

const uniform = (sizes: readonly number[]): string =>
  new Set(sizes).size === 1 ? `${sizes[0]}` : sizes.join('×');

const others = (parts: readonly [string, readonly number[]][]): string[] =>
  parts
    .filter(([, sizes]) => sizes.some((size) => size !== 1))
    .map(([n, s]) => `${n} ${uniform(s)}`);

export function describeNode(node: Node, g: View): Description {
  const shape = node.outputs[0].shape;
  const act = 'act' in node.attrs && node.attrs.act !== 'none' ? ` + ${node.attrs.act}` : '';
  if (node.op === 'conv2d' || node.op === 'convTranspose2d') {
    const { strides, dilations, group } = node.attrs;
    const kernel = g.shape(node.inputs[1]!).slice(2);
    const [channels, out] = [g.shape(node.inputs[0]!)[1], shape[1]];
    const depthwise = group > 1 && group === channels;
    const more = others([
      ['stride', strides],
      ['dilation', dilations],
      ['groups', depthwise ? [1] : [group]],
    ]);
    return {
      label: `${node.op === 'conv2d' ? '' : 'transposed '}${depthwise ? 'depthwise' : 'conv'} ${kernel.join('×')}${act}`,
      detail: [`${channels}→${out}`, ...more].join(', '),
    };
  }
  if (node.op === 'linear') {
    const [, inputs] = g.shape(node.inputs[1]!);
    return { label: `linear${act}`, detail: `${inputs}→${shape.at(-1)}` };
  }
  if (node.op === 'maxPool' || node.op === 'averagePool') {
    const { kernel_shape: kernel, strides } = node.attrs;
    const more = others([['stride', strides]]);
    return {
      label: `${names[node.op]} ${kernel.join('×')}${act}`,
      detail: [printSizes(shape), ...more].join(', '),
    };
  }
  return { label: `${names[node.op] ?? node.op}${act}`, detail: printSizes(shape) };
}
