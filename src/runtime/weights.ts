/**
 * Weights on the device. Sessions of one graph, also of different sizes, share them: they are known by
 * the constant itself and the way it is packed, and live as long as a session uses them.
 */
import { packings, type Packing, type PackingName, type Weight } from '../../codegen/index.ts';
import { materialise, type Constant } from '../../ir/index.ts';
import type { Allocation, Memory } from './memory.ts';
import { usage } from './webgpu.ts';

export interface WeightStore {
  /** Weights on the device. */
  readonly count: number;
  /** Uploads the weight, or takes the one that is there. Each `free` gives back one use. */
  acquire(weight: Weight, constant: Constant): Allocation;
}

interface Entry {
  readonly allocation: Allocation;
  users: number;
}

export function makeWeightStore(memory: Memory): WeightStore {
  // Weak, and no closure below holds a constant, so that a graph can be let go while its sessions run.
  const entries = new WeakMap<Constant, Map<PackingName, Entry>>();
  let count = 0;

  const packingsOf = (constant: Constant): Map<PackingName, Entry> => {
    const known = entries.get(constant) ?? new Map<PackingName, Entry>();
    entries.set(constant, known);
    return known;
  };

  const release = (packed: Map<PackingName, Entry>, packing: PackingName): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const entry = packed.get(packing)!;
      if (--entry.users > 0) return;
      entry.allocation.free();
      packed.delete(packing);
      count--;
    };
  };

  return {
    get count() {
      return count;
    },
    acquire(weight, constant) {
      const packed = packingsOf(constant);
      let entry = packed.get(weight.packing);
      if (!entry) {
        entry = { allocation: upload(memory, weight, constant), users: 0 };
        packed.set(weight.packing, entry);
        count++;
      }
      entry.users++;
      return { ...entry.allocation, free: release(packed, weight.packing) };
    },
  };
}

/** A lazy constant is evaluated here, and its values let go once they are on the device. */
function upload(
  memory: Memory,
  { source, packing, bytes }: Weight,
  constant: Constant,
): Allocation {
  const { pack }: Packing = packings[packing];
  const { data, shape } = materialise(constant);
  const single = data instanceof Float32Array ? data : Float32Array.from(data);
  const contents = pack(single, shape);
  return memory.allocate({
    owner: `the weight "${source}"`,
    subject: source,
    bytes: Math.max(bytes, contents.byteLength),
    usage: usage.storage | usage.copyDst,
    contents,
  });
}
