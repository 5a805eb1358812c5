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
  const entries = new Map<Constant, Map<PackingName, Entry>>();
  let count = 0;

  const add = (weight: Weight, constant: Constant): Entry => {
    const entry = { allocation: upload(memory, weight, constant), users: 0 };
    const packed = entries.get(constant) ?? new Map<PackingName, Entry>();
    entries.set(constant, packed.set(weight.packing, entry));
    count++;
    return entry;
  };

  const remove = (packing: PackingName, constant: Constant, entry: Entry) => {
    entry.allocation.free();
    count--;
    const packed = entries.get(constant)!;
    packed.delete(packing);
    if (packed.size === 0) entries.delete(constant);
  };

  return {
    get count() {
      return count;
    },
    acquire(weight, constant) {
      const entry = entries.get(constant)?.get(weight.packing) ?? add(weight, constant);
      entry.users++;
      let held = true;
      const free = () => {
        if (!held) return;
        held = false;
        if (--entry.users === 0) remove(weight.packing, constant, entry);
      };
      return { ...entry.allocation, free };
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
