/**
 * The static memory plan. WebGPU forbids one buffer as both read and written in a dispatch, even at
 * disjoint ranges. So values are spread over few buffers such that what a dispatch writes is elsewhere
 * than all it reads, and within a buffer values share memory where they are not alive at once.
 */
import type { ValueId } from '../ir/index.ts';
import { colour } from './colour.ts';
import type { Region } from './plan.ts';

export interface Stored {
  readonly id: ValueId;
  /** A multiple of 4. */
  readonly bytes: number;
  /** An input is alive from the start, an output to the end. */
  readonly isInput?: boolean;
  readonly isOutput?: boolean;
}

/** What one dispatch reads and writes of the values. */
export interface Access {
  readonly reads: readonly ValueId[];
  readonly writes: readonly ValueId[];
}

export interface MemoryPlan {
  readonly regions: ReadonlyMap<ValueId, Region>;
  /** Sizes in bytes. */
  readonly buffers: readonly number[];
  /** The sum of `buffers`. */
  readonly peakBytes: number;
  /** The greatest sum of bytes alive at once. */
  readonly lowerBoundBytes: number;
}

export interface MemoryLimits {
  /** Of offsets, in bytes; at least 256 is used. */
  readonly alignment: number;
  readonly maxBufferSize: number;
}

/** A value with the first and last dispatch at which it is alive, and what it may not share a buffer with. */
interface Live extends Stored {
  from: number;
  to: number;
  readonly apart: Set<Live>;
}

interface Placed {
  readonly value: Live;
  readonly offset: number;
}

interface Buffer {
  readonly colour: number;
  /** By offset. */
  readonly placed: Placed[];
  /** What is placed, by spans of dispatches at which it is alive: few values are alive at once. */
  readonly spans: Map<number, Placed[]>;
  size: number;
}

/** Dispatches in a span. */
const SPAN = 64;

/** Lays the values out. Every value must be an input or written by some dispatch. */
export function planMemory(
  values: readonly Stored[],
  dispatches: readonly Access[],
  { alignment, maxBufferSize }: MemoryLimits,
): MemoryPlan {
  const live = findLifetimes(values, dispatches);
  const bySize = [...live].sort((a, b) => b.bytes - a.bytes || a.from - b.from);
  const colours = colour(live);
  const step = Math.max(256, alignment);
  // Neither way is always the better one, and both are cheap.
  const plans = [
    pack(bySize, colours, step, maxBufferSize),
    pack(bySize, null, step, maxBufferSize),
  ];
  const total = (buffers: readonly Buffer[]) => buffers.reduce((sum, b) => sum + b.size, 0);
  plans.sort((a, b) => total(a) - total(b) || a.length - b.length);
  const best = plans[0]!;
  const regions = new Map<ValueId, Region>();
  best.forEach(({ placed }, buffer) => {
    for (const { value, offset } of placed) {
      regions.set(value.id, { buffer, offset, bytes: value.bytes });
    }
  });
  return {
    regions,
    buffers: best.map((b) => b.size),
    peakBytes: total(best),
    lowerBoundBytes: largestCut(live, dispatches.length),
  };
}

function findLifetimes(values: readonly Stored[], dispatches: readonly Access[]): Live[] {
  const live = values.map((value): Live => {
    const from = value.isInput ? -1 : Infinity;
    return { ...value, from, to: value.isOutput ? dispatches.length : -1, apart: new Set() };
  });
  const byId = new Map(live.map((value) => [value.id, value]));
  dispatches.forEach(({ reads, writes }, i) => {
    for (const id of [...reads, ...writes]) {
      const value = byId.get(id)!;
      value.from = Math.min(value.from, i);
      value.to = Math.max(value.to, i);
    }
    for (const write of writes.map((id) => byId.get(id)!)) {
      for (const read of reads.map((id) => byId.get(id)!)) {
        write.apart.add(read);
        read.apart.add(write);
      }
    }
  });
  return live;
}

/**
 * Greedy by size, each value where it makes the buffers grow least: in the buffers of its colour, or, where
 * there are no colours, in those that hold nothing it must be apart from.
 */
function pack(
  values: readonly Live[],
  colours: ReadonlyMap<Live, number> | null,
  alignment: number,
  maxBufferSize: number,
): Buffer[] {
  const buffers: Buffer[] = [];
  const holders = new Map<Live, Buffer>();
  for (const value of values) {
    const wanted = colours?.get(value) ?? 0;
    const forbidden = colours ? null : new Set([...value.apart].map((one) => holders.get(one)));
    let best: { buffer: Buffer; offset: number; growth: number } | null = null;
    for (const buffer of buffers) {
      if (buffer.colour !== wanted || forbidden?.has(buffer)) continue;
      const offset = findGap(value, aliveWith(value, buffer), alignment);
      const growth = Math.max(0, offset + value.bytes - buffer.size);
      const fits = offset + value.bytes <= maxBufferSize;
      if (fits && (!best || growth < best.growth)) best = { buffer, offset, growth };
    }
    if (!best) {
      const buffer = { colour: wanted, placed: [], spans: new Map<number, Placed[]>(), size: 0 };
      buffers.push(buffer);
      best = { buffer, offset: 0, growth: value.bytes };
    }
    place({ value, offset: best.offset }, best.buffer);
    best.buffer.size += best.growth;
    holders.set(value, best.buffer);
  }
  return buffers;
}

function place(placed: Placed, { placed: all, spans }: Buffer): void {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle]!.offset < placed.offset) low = middle + 1;
    else high = middle;
  }
  all.splice(low, 0, placed);
  for (const span of spansOf(placed.value)) {
    const list = spans.get(span);
    if (list) list.push(placed);
    else spans.set(span, [placed]);
  }
}

const spansOf = ({ from, to }: Live): number[] => {
  const [first, last] = [Math.floor(from / SPAN), Math.floor(to / SPAN)];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
};

/** What is placed in the buffer and alive at some time with the value, by offset. */
function aliveWith(value: Live, { placed, spans }: Buffer): Placed[] {
  const isBeside = (other: Placed) => other.value.from <= value.to && value.from <= other.value.to;
  const lists = spansOf(value).flatMap((span) => [spans.get(span) ?? []]);
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  if (count >= placed.length / 4) return placed.filter(isBeside);
  const beside = new Set(lists.flatMap((list) => list.filter(isBeside)));
  return [...beside].sort((a, b) => a.offset - b.offset);
}

/** The smallest gap that holds the value among those alive with it, or the end of them. */
function findGap(value: Live, beside: readonly Placed[], alignment: number): number {
  let best: { offset: number; room: number } | null = null;
  let end = 0;
  for (const other of beside) {
    const room = other.offset - end;
    if (room >= value.bytes && (!best || room < best.room)) best = { offset: end, room };
    const after = Math.ceil((other.offset + other.value.bytes) / alignment) * alignment;
    end = Math.max(end, after);
  }
  return best ? best.offset : end;
}

function largestCut(live: readonly Live[], dispatches: number): number {
  // Differences at each dispatch, the one before the first included.
  const change = new Array<number>(dispatches + 3).fill(0);
  for (const { from, to, bytes } of live) {
    change[from + 1]! += bytes;
    change[to + 2]! -= bytes;
  }
  let [alive, most] = [0, 0];
  for (const difference of change) most = Math.max(most, (alive += difference));
  return most;
}
