/** A graph as calls of TensorFlow.js, with images as NHWC and the activations fused. */
import { compile, fixpoint, foldBn, fuseRelu, materialiseWeights } from '../../src/index.ts';
import { isStatic, materialise, ReparamError, staticShape } from '../../ir/index.ts';
import type { Graph, Node, NodeOf } from '../../ir/index.ts';
import type { Model } from './serve.ts';
import type { FusedConv, Padding, Tf, TfTensor } from './tfjs-api.ts';

/** What TensorFlow's own converter does to a graph before TensorFlow.js gets it. */
const convert = [fixpoint('convert', [foldBn, fuseRelu]), materialiseWeights];

/** One step: from the tensors that are known by name to the node's output. */
type Step = (known: ReadonlyMap<string, TfTensor>) => TfTensor;

/** Throws `unsupported` for what the networks measured here do not have. */
export function translate(
  source: Graph,
  shape: readonly [number, number, number, number],
  tf: Tf,
): Model {
  const { graph } = compile(source, { passes: convert });
  const weights: TfTensor[] = [];
  const keep = (tensor: TfTensor): TfTensor => {
    weights.push(tf.keep(tensor));
    return tensor;
  };
  const steps = graph.nodes.map(
    (node) => [node.outputs[0].id, stepOf(node, graph, tf, keep)] as const,
  );
  const [input, output] = [graph.inputs[0]!.id, graph.outputs[0]!.value];
  const result = graph.nodes.find((node) => node.outputs[0].id === output)!.outputs[0];
  const isImage = result.shape.length === 4;
  return {
    async run(data) {
      const y = tf.tidy(() => {
        const x = tf.transpose(tf.tensor(data, shape), [0, 2, 3, 1]);
        const known = new Map([[input, x]]);
        for (const [id, step] of steps) known.set(id, step(known));
        const last = known.get(output)!;
        return isImage ? tf.transpose(last, [0, 3, 1, 2]) : last;
      });
      const values = await y.data();
      y.dispose();
      return values;
    },
    free: () => weights.forEach((tensor) => tensor.dispose()),
  };
}

function stepOf(node: Node, graph: Graph, tf: Tf, keep: (tensor: TfTensor) => TfTensor): Step {
  const constant = (id: string | null | undefined): TfTensor | undefined => {
    if (id === null || id === undefined) return undefined;
    const { data, shape } = materialise(graph.consts[id]!);
    return keep(tf.tensor(Float32Array.from(data), shape));
  };
  const x = (known: ReadonlyMap<string, TfTensor>) => known.get(node.inputs[0]!)!;
  switch (node.op) {
    case 'conv2d': {
      const { depthwise, ...rest } = convolution(node, graph, tf, constant, keep);
      return depthwise
        ? (known) => tf.fused.depthwiseConv2d({ x: x(known), ...rest })
        : (known) => tf.fused.conv2d({ x: x(known), ...rest });
    }
    case 'batchNorm': {
      const [, scale, bias, mean, variance] = node.inputs.map((id, i) =>
        i > 0 ? constant(id)! : undefined,
      );
      const { epsilon } = node.attrs;
      return (known) => tf.batchNorm(x(known), mean!, variance!, bias!, scale!, epsilon);
    }
    case 'add':
    case 'sum': {
      const { inputs } = node;
      const isActivated = node.op === 'sum' && activationOf(node) === 'relu';
      return (known) => {
        const y = tf.addN(inputs.map((id) => known.get(id!)!));
        return isActivated ? tf.relu(y) : y;
      };
    }
    case 'relu':
      return (known) => tf.relu(x(known));
    case 'globalAveragePool':
      return (known) => tf.mean(x(known), [1, 2], true);
    case 'flatten': {
      const { shape } = node.outputs[0];
      if (!isStatic(shape)) throw unsupported(node, 'an open size');
      return (known) => tf.reshape(x(known), shape);
    }
    case 'linear': {
      const w = constant(node.inputs[1])!;
      const b = keep(tf.transpose(w, [1, 0]));
      const bias = constant(node.inputs[2]);
      if (activationOf(node) !== 'linear') throw unsupported(node, 'its activation');
      return (known) => tf.fused.matMul({ a: x(known), b, ...(bias && { bias }) });
    }
    default:
      throw unsupported(node, 'this op');
  }
}

function convolution(
  node: NodeOf<'conv2d'>,
  graph: Graph,
  tf: Tf,
  constant: (id: string | null | undefined) => TfTensor | undefined,
  keep: (tensor: TfTensor) => TfTensor,
): Omit<FusedConv, 'x'> & { readonly depthwise: boolean } {
  const { strides, pads, dilations, group } = node.attrs;
  const [outputs, perGroup] = staticShape(graph.consts[node.inputs[1]!]!.shape, 'a weight') as [
    number,
    number,
  ];
  const depthwise = group > 1 && perGroup === 1 && outputs === group;
  if (group > 1 && !depthwise) throw unsupported(node, 'groups');
  if (node.inputs[3]) throw unsupported(node, 'its padding value');
  const weight = constant(node.inputs[1])!;
  const filter = keep(tf.transpose(weight, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]));
  const bias = constant(node.inputs[2]);
  return {
    depthwise,
    filter,
    strides,
    dilations,
    pad: padding(pads),
    activation: activationOf(node),
    ...(bias && { bias }),
  };
}

function padding(pads: readonly number[]): Padding {
  const [top, left, bottom, right] = pads as [number, number, number, number];
  if (top === left && top === bottom && top === right) return top === 0 ? 'valid' : top;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function activationOf(
  node: NodeOf<'conv2d'> | NodeOf<'linear'> | NodeOf<'sum'>,
): 'linear' | 'relu' {
  const { act } = node.attrs;
  if (act === 'none') return 'linear';
  if (act === 'relu') return 'relu';
  throw unsupported(node, act);
}

const unsupported = ({ op, id }: Node, what: string) =>
  new ReparamError('unsupported', `${op} "${id}": ${what} is not translated to TensorFlow.js`, id);
