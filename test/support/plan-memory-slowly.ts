/** The memory plan by looking at every value for every other, which is how it is meant and takes n² steps. */
import type { Access, Stored } from '../../codegen/memory.ts';

interface Live extends Stored {
  readonly from: number;
  readonly to: number;
  readonly apart: Set<string>;
}

interface Buffer {
  readonly colour: number;
  readonly placed: { readonly value: Live; readonly offset: number }[];
  size: number;
}

export function planMemorySlowly(
  values: readonly Stored[],
  dispatches: readonly Access[],
  { alignment, maxBufferSize }: { alignment: number; maxBufferSize: number },
): { regions: Record<string, [buffer: number, offset: number]>; buffers: number[] } {
  const live = values.map((value): Live => {
    const touching = dispatches.flatMap(({ reads, writes }, i) =>
      reads.includes(value.id) || writes.includes(value.id) ? [i] : [],
    );
    const apart = dispatches.flatMap(({ reads, writes }) => [
      ...(reads.includes(value.id) ? writes : []),
      ...(writes.includes(value.id) ? reads : []),
    ]);
    return {
      ...value,
      from: value.isInput ? -1 : Math.min(...touching),
      to: value.isOutput ? dispatches.length : Math.max(-1, ...touching),
      apart: new Set(apart),
    };
  });
  const colours = colourSlowly(live);
  const plans = [
    pack((value, { colour }) => colour === colours.get(value.id)),
    pack((value, { placed }) => !placed.some((other) => value.apart.has(other.value.id))),
  ].map((buffers) => ({ buffers, total: buffers.reduce((sum, { size }) => sum + size, 0) }));
  plans.sort((a, b) => a.total - b.total || a.buffers.length - b.buffers.length);
  const { buffers } = plans[0]!;
  const regions = buffers.flatMap(({ placed }, i) =>
    placed.map(({ value, offset }) => [value.id, [i, offset]] as const),
  );
  return {
    regions: Object.fromEntries(regions) as Record<string, [number, number]>,
    buffers: buffers.map(({ size }) => size),
  };

  function pack(allowed: (value: Live, buffer: Buffer) => boolean): Buffer[] {
    const made: Buffer[] = [];
    for (const value of live.toSorted((a, b) => b.bytes - a.bytes || a.from - b.from)) {
      const [best] = made
        .filter((buffer) => allowed(value, buffer))
        .map((buffer) => {
          const offset = gapFor(value, buffer);
          return { buffer, offset, growth: Math.max(0, offset + value.bytes - buffer.size) };
        })
        .filter(({ offset }) => offset + value.bytes <= maxBufferSize)
        .sort((a, b) => a.growth - b.growth);
      const buffer: Buffer = best?.buffer ?? {
        colour: colours.get(value.id)!,
        placed: [],
        size: 0,
      };
      if (!best) made.push(buffer);
      const offset = best?.offset ?? 0;
      buffer.placed.push({ value, offset });
      buffer.size = Math.max(buffer.size, offset + value.bytes);
    }
    return made;
  }

  function gapFor(value: Live, { placed }: Buffer): number {
    const beside = placed
      .filter((other) => other.value.from <= value.to && value.from <= other.value.to)
      .sort((a, b) => a.offset - b.offset);
    const gaps: { offset: number; room: number }[] = [];
    let end = 0;
    for (const other of beside) {
      gaps.push({ offset: end, room: other.offset - end });
      const after = Math.ceil((other.offset + other.value.bytes) / alignment) * alignment;
      end = Math.max(end, after);
    }
    const fitting = gaps.filter(({ room }) => room >= value.bytes);
    return fitting.sort((a, b) => a.room - b.room)[0]?.offset ?? end;
  }
}

/** The vertex with the most colours around it, then neighbours, then the first; its first free colour. */
function colourSlowly(live: readonly Live[]): Map<string, number> {
  const colours = new Map<string, number>();
  const around = ({ apart }: Live) =>
    new Set([...apart].flatMap((id) => (colours.has(id) ? [colours.get(id)!] : [])));
  for (let open = [...live]; open.length > 0; open = open.filter(({ id }) => !colours.has(id))) {
    const next = open.toSorted(
      (a, b) => around(b).size - around(a).size || b.apart.size - a.apart.size,
    )[0]!;
    let free = 0;
    while (around(next).has(free)) free++;
    colours.set(next.id, free);
  }
  return colours;
}
