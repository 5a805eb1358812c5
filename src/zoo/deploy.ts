/** A merged network's parameters under the names of the published deploy form. */
import { materialise, printShape, ReparamError, sameShape, Tensor } from '../../ir/index.ts';
import type { Graph, NodeOf } from '../../ir/index.ts';
import type { ZooOptions } from './options.ts';
import { zoo, type ZooName } from './zoo.ts';

type Weighted = NodeOf<'conv2d'> | NodeOf<'linear'>;

const weightedNodes = (graph: Graph): Weighted[] =>
  graph.nodes.filter((node) => node.op === 'conv2d' || node.op === 'linear');

/** What makes two convolutions differ, apart from their weights and the activation after them. */
const printGeometry = (node: Weighted): string => {
  if (node.op === 'linear') return 'linear';
  const { strides, pads, dilations, group } = node.attrs;
  return `conv2d strides=${strides.join()} pads=${pads.join()} dilations=${dilations.join()} group=${group}`;
};

const mismatch = (message: string, subject: string) =>
  new ReparamError('state-dict', message, subject);

function readParameters(from: Graph, node: Weighted, like: Graph, wanted: Weighted) {
  const what = `"${node.id}" does not fit "${wanted.id}" of the deploy form`;
  if (printGeometry(node) !== printGeometry(wanted)) {
    throw mismatch(`${what}: ${printGeometry(node)}, not ${printGeometry(wanted)}`, node.id);
  }
  if (node.inputs[3]) throw mismatch(`${what}: it pads with other values than zero`, node.id);
  return [1, 2].flatMap((operand): (readonly [string, Tensor])[] => {
    const name = wanted.inputs[operand];
    if (!name) return [];
    const { shape } = like.consts[name]!;
    const id = node.inputs[operand];
    // A convolution without a bias has one of zero.
    if (!id) return [[name, new Tensor(shape, new Float32Array(shape[0]!))]];
    const constant = from.consts[id];
    if (!constant) throw mismatch(`${what}: "${id}" is not a constant`, node.id);
    if (!sameShape(constant.shape, shape)) {
      const shapes = `"${id}" is ${printShape(constant.shape)}, not ${printShape(shape)}`;
      throw mismatch(`${what}: ${shapes}`, node.id);
    }
    return [[name, materialise(constant)]];
  });
}

/**
 * The parameters of `merged`, a compiled network of the zoo, under the names that the authors' code gives
 * them after re-parameterisation (`stage1.0.rbr_reparam.weight`), in the order of that form. The
 * convolutions of a plain network have one order, so they are told apart by it; shapes and geometry are
 * compared. `options` are those with which the network was made.
 *
 * Throws a `state-dict` error if the graph is not the plain form of that network.
 */
export function deployStateDict(
  name: ZooName,
  merged: Graph,
  options: ZooOptions = {},
): ReadonlyMap<string, Tensor> {
  const form = zoo[name]({ ...options, deploy: true });
  const [nodes, wanted] = [weightedNodes(merged), weightedNodes(form)];
  const rest = merged.nodes.find((node) => node.op === 'batchNorm');
  if (rest) throw mismatch(`"${rest.id}" is a batch normalisation that was not merged`, rest.id);
  if (nodes.length !== wanted.length) {
    const counts = `${nodes.length} convolutions and linear layers, not ${wanted.length}`;
    throw mismatch(`the graph "${merged.name}" has ${counts} as the deploy form of ${name}`, name);
  }
  return new Map(nodes.flatMap((node, i) => readParameters(merged, node, form, wanted[i]!)));
}
