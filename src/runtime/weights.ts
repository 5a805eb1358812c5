/**
 * Weights on the device. Sessions of one graph, also of different sizes, share them: they are known by
 * the constant itself and the way it is packed, and live as long as a session uses them.
 */
import { packings, type Packing, type Weight } from '../../codegen/index.ts';
import { materialise, ReparamError, type Constant } from '../../ir/index.ts';
import { narrowToWords } from '../formats/half.ts';
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
  const entries = new WeakMap<Constant, Map<string, Entry>>();
  let count = 0;

  const packingsOf = (constant: Constant): Map<string, Entry> => {
    const known = entries.get(constant) ?? new Map<string, Entry>();
    entries.set(constant, known);
    return known;
  };

  const release = (packed: Map<string, Entry>, key: string): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const entry = packed.get(key)!;
      if (--entry.users > 0) return;
      entry.allocation.free();
      packed.delete(key);
      count--;
    };
  };

  return {
    get count() {
      return count;
    },
    acquire(weight, constant) {
      const packed = packingsOf(constant);
      const key = `${weight.packing} ${weight.type}`;
      let entry = packed.get(key);
      if (!entry) {
        entry = { allocation: upload(memory, weight, constant), users: 0 };
        packed.set(key, entry);
        count++;
      }
      entry.users++;
      return { ...entry.allocation, free: release(packed, key) };
    },
  };
}

/** A lazy constant is evaluated here, and its values let go once they are on the device. */
function upload(
  memory: Memory,
  { source, packing, type, bytes }: Weight,
  constant: Constant,
): Allocation {
  const { pack }: Packing = packings[packing];
  const { data, shape } = materialise(constant);
  const single = data instanceof Float32Array ? data : Float32Array.from(data);
  const packed = pack(single, shape);
  const contents = type === 'f16' ? toHalf(packed, source) : packed;
  return memory.allocate({
    owner: `the weight "${source}"`,
    subject: source,
    bytes: Math.max(bytes, contents.byteLength),
    usage: usage.storage | usage.copyDst,
    contents,
  });
}

const GREATEST_HALF = 65504;

/** In float16, filled up to whole words. */
function toHalf(values: Float32Array, source: string): Uint8Array {
  const tooLarge = values.find((value) => Math.abs(value) > GREATEST_HALF);
  if (tooLarge !== undefined) {
    const message =
      `the weight "${source}" has the value ${tooLarge}, and the greatest in float16 is ` +
      `${GREATEST_HALF}; open the session without weights: 'f16'`;
    throw new ReparamError('limit', message, source);
  }
  return narrowToWords(values);
}
