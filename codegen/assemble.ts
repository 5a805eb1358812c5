/** The last step of lowering: limits, memory, and everything numbered. */
import { printShape, ReparamError } from '../ir/index.ts';
import type { NodeId, StaticShape, ValueId } from '../ir/index.ts';
import { bytesOf, elementBytes, type Emission, type Operand, type Step } from './kernel.ts';
import { planMemory, type Access, type Stored } from './memory.ts';
import { packings } from './packing.ts';
import type {
  Binding,
  DeviceProfile,
  Dispatch,
  Pipeline,
  Plan,
  Port,
  Region,
  Selection,
  Weight,
} from './plan.ts';

/** What the chosen candidate does for a node. */
export interface Assignment {
  readonly node: NodeId;
  readonly covers: readonly NodeId[];
  /** Null where the value is never stored as itself. */
  readonly output: Operand | null;
  readonly selection: Selection | null;
  readonly emission: Emission;
}

export interface NamedOperand {
  readonly name: string;
  readonly operand: Operand;
}

export interface Parts {
  readonly name: string;
  readonly inputs: readonly NamedOperand[];
  readonly outputs: readonly NamedOperand[];
  /** The shape of a constant. */
  readonly shapeOf: (constant: ValueId) => StaticShape;
  /** In the order in which they run. */
  readonly assignments: readonly Assignment[];
}

/** Throws a `limit` error that names the node where a tensor is too large to be bound. */
export function assemble(parts: Parts, device: DeviceProfile): Plan {
  const memory = planMemory(listValues(parts, device), parts.assignments.flatMap(accesses), {
    alignment: device.limits.minStorageBufferOffsetAlignment,
    maxBufferSize: device.limits.maxBufferSize,
  });
  const regionOf = (id: ValueId): Region => memory.regions.get(id)!;
  const port = ({ name, operand }: NamedOperand): Port => ({
    name,
    shape: operand.shape,
    type: operand.type,
    region: regionOf(operand.id),
  });
  const weights = numbered<Weight>(({ source, packing, type }) => `${packing} ${type} ${source}`);
  const pipelines = numbered<Pipeline>(({ key }) => key);

  const bind = (node: NodeId, step: Step): Binding[] =>
    step.bindings.map((binding): Binding => {
      if (binding.kind === 'uniform') return binding;
      if (binding.kind !== 'weight') return { ...binding, region: regionOf(binding.value) };
      const { source, packing, type } = binding;
      const bytes = elementBytes(type) * packings[packing].size(parts.shapeOf(source));
      const weight = { source, packing, type, bytes };
      checkSize(weight.bytes, `the weight "${source}" as "${node}" reads it`, node, device);
      return { kind: 'weight', weight: weights.add(weight) };
    });
  const dispatches = parts.assignments.flatMap(({ node, covers, selection, emission }) =>
    emission.steps.map((step): Dispatch => {
      const bindings = bind(node, step);
      checkBindings(bindings, node, device);
      const { kernel, label, workgroups, conversions = 0 } = step;
      const pipeline = pipelines.add(step.pipeline);
      return {
        node,
        covers,
        kernel,
        label,
        selection,
        conversions,
        pipeline,
        workgroups,
        bindings,
      };
    }),
  );
  return {
    name: parts.name,
    inputs: parts.inputs.map(port),
    outputs: parts.outputs.map(port),
    buffers: memory.buffers,
    weights: weights.all,
    pipelines: pipelines.all,
    dispatches,
    peakBytes: memory.peakBytes,
    lowerBoundBytes: memory.lowerBoundBytes,
  };
}

/** A list without duplicates; `add` tells the place. */
function numbered<T>(keyOf: (item: T) => string): { all: readonly T[]; add: (item: T) => number } {
  const all: T[] = [];
  const places = new Map<string, number>();
  return {
    all,
    add(item) {
      const key = keyOf(item);
      const place = places.get(key) ?? all.push(item) - 1;
      places.set(key, place);
      return place;
    },
  };
}

function accesses({ emission }: Assignment): Access[] {
  return emission.steps.map(({ bindings }) => ({
    reads: bindings.flatMap((b) => (b.kind === 'read' ? [b.value] : [])),
    writes: bindings.flatMap((b) => (b.kind === 'write' ? [b.value] : [])),
  }));
}

/** Every value that has a region, its size checked. */
function listValues(parts: Parts, device: DeviceProfile): Stored[] {
  const outputs = new Set(parts.outputs.map(({ operand }) => operand.id));
  const values = new Map<ValueId, Stored>();
  const add = (value: Stored, node: NodeId, shape = '') => {
    checkSize(value.bytes, `"${value.id}"${shape}`, node, device);
    values.set(value.id, { ...value, isOutput: outputs.has(value.id) });
  };
  for (const { operand } of parts.inputs) {
    const { id, shape } = operand;
    add({ id, bytes: bytesOf(operand), isInput: true }, id, ` ${printShape(shape)}`);
  }
  for (const { node, output, emission } of parts.assignments) {
    if (output) {
      add({ id: output.id, bytes: bytesOf(output) }, node, ` ${printShape(output.shape)}`);
    }
    for (const temporary of emission.temporaries) add(temporary, node);
  }
  return [...values.values()];
}

function checkSize(bytes: number, what: string, node: NodeId, { limits }: DeviceProfile): void {
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  if (bytes <= limit) return;
  throw new ReparamError(
    'limit',
    `${what} needs ${bytes} bytes, but the device binds at most ${limit} at once`,
    node,
  );
}

function checkBindings(bindings: readonly Binding[], node: NodeId, device: DeviceProfile): void {
  const limit = device.limits.maxStorageBuffersPerShaderStage;
  const count = bindings.filter(({ kind }) => kind !== 'uniform').length;
  if (count <= limit) return;
  const message = `"${node}" needs ${count} storage buffers in a dispatch; the device has ${limit}`;
  throw new ReparamError('limit', message, node);
}
