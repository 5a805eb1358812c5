/** Lowering: from a graph of fixed size to the plan that a session carries out. */
import {
  expectFixed,
  noActivation,
  ReparamError,
  staticShape,
  view,
  type Fused,
  type Graph,
  type Node,
  type OpName,
  type ValueId,
} from '../ir/index.ts';
import { assemble, type Assignment, type NamedOperand } from './assemble.ts';
import { choose } from './choose.ts';
import { findResiduals, type Fusion } from './fuse.ts';
import { findInPlace } from './in-place.ts';
import type { Job, Kernel, OfferedJob, Operand } from './kernel.ts';
import { copy } from './kernels/copy.ts';
import { kernelsOf } from './kernels/index.ts';
import { chooseLayouts } from './layouts.ts';
import { findPairs, joinPairs } from './pairs.ts';
import type { DeviceProfile, Plan, Precision } from './plan.ts';
import { precisionsOn, storedTypes, type PortTypes, type Precisions } from './precision.ts';
import { sharePipelines } from './share-pipelines.ts';
import type { TunedChoices } from './tuned.ts';

export interface LowerOptions extends Precisions {
  /** Whether a convolution or linear layer takes the residual sum after it into its kernel; true. */
  readonly fuseResidual?: boolean;
  /** Forces a kernel by name, `conv-direct`, or by name and label, for the ops that have it. */
  readonly kernel?: string;
  /** How inputs and outputs are stored, by name; by default in float32. */
  readonly ports?: PortTypes;
  /** What was measured to be best, by job. */
  readonly tuned?: TunedChoices;
  /** More kernels by the op that they compute, offered beside those that there are. */
  readonly kernels?: { readonly [K in OpName]?: readonly Kernel<K>[] };
}

/**
 * The plan of a graph. Throws a `dimension` error for open sizes, a `limit` error for a tensor that the
 * device cannot bind, a `gpu` error for float64 values and for nodes that no kernel takes; all name the
 * node.
 */
export function lower(graph: Graph, device: DeviceProfile, options: LowerOptions = {}): Plan {
  expectFixed(graph);
  expectFloat32(graph);
  const { jobs, pairs, operand, fresh } = describe(graph, {
    ...options,
    ...precisionsOn(options, device),
  });
  const outputs = graph.outputs.map(({ name, value }) => ({ name, operand: operand(value)! }));
  const fastest = joinPairs(jobs, pairs, device, options).map((one) => ({
    ...one,
    ...choose(one.kernels, one.job, device, options),
  }));
  const { chosen, joined } = chooseLayouts(
    sharePipelines(fastest, device),
    new Set(outputs.map((one) => one.operand.id)),
  );
  const left = new Map<ValueId, ValueId>();
  const assignments = chosen.map(({ job, node, covers, candidate, selection }): Assignment => {
    const { id } = job.output;
    if (joined.has(id)) left.set(id, fresh(`${id} (left)`));
    const emission = candidate.emit({
      taken: left.get(job.inputs[0]?.id ?? ''),
      left: left.get(id),
    });
    return { node, covers, output: joined.has(id) ? null : job.output, selection, emission };
  });
  const inputs = new Set(graph.inputs.map(({ id }) => id));
  const copies = copyOutputs(outputs, inputs, fresh, device);
  return assemble(
    {
      name: graph.name,
      inputs: graph.inputs.map(({ id }) => ({ name: id, operand: operand(id)! })),
      outputs: copies.outputs,
      shapeOf: (id) => graph.consts[id]!.shape,
      assignments: [...assignments, ...copies.assignments],
    },
    device,
  );
}

/** The jobs of a graph of fixed sizes, in the order in which they run, and those that do two of them at once. */
export function jobsOf(graph: Graph, options: LowerOptions = {}): readonly OfferedJob[] {
  const { jobs, pairs } = describe(graph, options);
  return [...jobs, ...pairs];
}

function describe(graph: Graph, options: LowerOptions) {
  const { weights = 'f32', activations, arithmetic = 'f32', ports } = options;
  const fusions = options.fuseResidual === false ? [] : findResiduals(graph);
  const typeOf = storedTypes(graph, activations, ports);
  const operands = resolveOperands(graph, typeOf, findInPlace(graph, fusions, typeOf));
  const fresh = makeNamer(operands);
  const operand = (id: ValueId | null) => (id === null ? null : operands.get(id)!);
  const fusedInto = new Map<Node, Fusion>(fusions.map((fusion) => [fusion.producer, fusion]));
  const absorbed = new Set<Node>(fusions.map((fusion) => fusion.sum));
  const jobs: OfferedJob[] = [];
  for (const node of graph.nodes) {
    const own = kernelsOf(node.op);
    if (own === 'alias' || absorbed.has(node)) continue;
    const more = options.kernels?.[node.op] as readonly Kernel[] | undefined;
    const fusion = fusedInto.get(node);
    jobs.push({
      job: { ...describeJob(node, fusion, operand), weights, arithmetic, fresh },
      kernels: more ? [...own, ...more] : own,
      node: (fusion?.sum ?? node).id,
      covers: fusion ? [node.id, fusion.sum.id] : [node.id],
    });
  }
  const outputs = new Set(graph.outputs.map(({ value }) => operand(value)!.id));
  return { jobs, pairs: findPairs(jobs, outputs), operand, fresh };
}

/** An output must be memory of its own; one that is an input or a constant is copied. */
function copyOutputs(
  outputs: readonly NamedOperand[],
  inputs: ReadonlySet<ValueId>,
  fresh: (hint: string) => ValueId,
  device: DeviceProfile,
): { outputs: NamedOperand[]; assignments: Assignment[] } {
  const assignments: Assignment[] = [];
  const renamed = outputs.map(({ name, operand }): NamedOperand => {
    if (operand.kind === 'activation' && !inputs.has(operand.id)) return { name, operand };
    const id = fresh(`${name} (copy)`);
    const copied = makeOperand('activation', id, operand.shape, 'f32');
    assignments.push({
      node: name,
      covers: [],
      output: copied,
      selection: null,
      emission: copy(operand, copied, device),
    });
    return { name, operand: copied };
  });
  return { outputs: renamed, assignments };
}

function describeJob(
  node: Node,
  fusion: Fusion | undefined,
  operand: (id: ValueId | null) => Operand | null,
): Omit<Job, 'fresh' | 'weights' | 'arithmetic'> {
  const own: Fused = 'act' in node.attrs ? node.attrs : noActivation;
  return {
    node,
    inputs: node.inputs.map(operand),
    output: operand((fusion?.sum ?? node).outputs[0].id)!,
    residual: fusion ? operand(fusion.residual) : null,
    act: fusion ? fusion.sum.attrs : own,
  };
}

/** Names that no value has: the hint, or the hint and a number. */
function makeNamer(values: ReadonlyMap<ValueId, Operand>): (hint: string) => ValueId {
  const taken = new Set(values.keys());
  return (hint) => {
    let name = hint;
    for (let i = 2; taken.has(name); i++) name = `${hint} ${i}`;
    taken.add(name);
    return name;
  };
}

function expectFloat32(graph: Graph): void {
  const fail = (id: string) => {
    const message = `"${id}" is float64, which WebGPU does not have; convert the graph to float32`;
    throw new ReparamError('gpu', message, id);
  };
  for (const { id, dtype } of graph.inputs) if (dtype !== 'f32') fail(id);
  for (const node of graph.nodes) if (node.outputs[0].dtype !== 'f32') fail(node.id);
  for (const { value } of graph.outputs) if (view(graph).value(value).dtype !== 'f32') fail(value);
}

/** Where the data of each value is: ops that only rename memory give their input's, some write over one. */
function resolveOperands(
  graph: Graph,
  typeOf: (id: ValueId) => Precision,
  inPlace: ReadonlyMap<ValueId, ValueId>,
): Map<ValueId, Operand> {
  const operands = new Map<ValueId, Operand>();
  for (const { id, shape } of graph.inputs) {
    operands.set(id, makeOperand('activation', id, staticShape(shape, id), typeOf(id)));
  }
  for (const [id, { shape }] of Object.entries(graph.consts)) {
    operands.set(id, makeOperand('constant', id, shape, 'f32'));
  }
  for (const node of graph.nodes) {
    const { id } = node.outputs[0];
    const shape = staticShape(node.outputs[0].shape, id);
    const source = operands.get(node.inputs[0]!)!;
    const isAlias = kernelsOf(node.op) === 'alias';
    const packable = source?.packable && node.op === 'identity';
    const overwritten = inPlace.get(id);
    const memory = overwritten === undefined ? id : operands.get(overwritten)!.id;
    operands.set(
      id,
      isAlias
        ? { ...source, shape, packable }
        : makeOperand('activation', memory, shape, typeOf(id)),
    );
  }
  return operands;
}

const makeOperand = (
  kind: Operand['kind'],
  id: ValueId,
  shape: Operand['shape'],
  type: Precision,
): Operand => ({
  kind,
  id,
  shape,
  type,
  packable: kind === 'constant',
});
