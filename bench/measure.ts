/**
 * Measuring a case: all contestants load it, then run it in turn, round by round. In a turn, the fast run several times:
 * else what they need would be out of the caches each time, and a few readings say little where the machine is shared.
 */
import { Lost, startChild, type Child } from './child.ts';
import type { Contestant } from './contestants.ts';
import type { Case, ModelStore } from './networks.ts';
import type { Form, Loaded, ModelFile } from './protocol.ts';
import { summarise, type Times } from './statistics.ts';

/** How a contestant did with one form of a case. */
export interface Result {
  readonly contestant: Contestant;
  readonly form: Form;
  readonly times: Times;
  readonly output: Float32Array;
}

/** What did not work, and why. */
export interface Failure {
  readonly contestant: string;
  /** Absent where it did not start at all. */
  readonly case?: string;
  readonly batch?: number;
  readonly reason: string;
}

export interface Limits {
  readonly minRounds: number;
  readonly maxRounds: number;
  /** After these, no round begins that `minRounds` does not ask for. */
  readonly seconds: number;
  /** In a round, a contestant runs again until it has had so many milliseconds, … */
  readonly turnMs: number;
  /** … or as many runs as this. */
  readonly turnRuns: number;
  /** After these a contestant that does not answer is given up. */
  readonly patience: number;
}

/** The processes of the contestants; one that has ended is started again when it is next needed. */
export interface Field {
  /** Throws its reason where the contestant does not start. */
  childOf(contestant: Contestant): Promise<Child>;
  /** Descriptions of adapters, by contestant, of those that tell. */
  readonly adapters: ReadonlyMap<string, string>;
  end(): void;
}

export function makeField(patience: number): Field {
  const children = new Map<string, Child>();
  const adapters = new Map<string, string>();
  return {
    adapters,
    async childOf(contestant) {
      const known = children.get(contestant.name);
      if (known?.alive) return known;
      const child = startChild(contestant);
      children.set(contestant.name, child);
      try {
        const adapter = await child.ask<string>({ do: 'start' }, patience);
        if (adapter !== '') adapters.set(contestant.name, adapter);
        return child;
      } catch (error) {
        child.end();
        children.delete(contestant.name); // It may start another time.
        throw error;
      }
    },
    end: () => children.forEach((child) => child.end()),
  };
}

interface Entry {
  readonly contestant: Contestant;
  readonly child: Child;
  readonly model: ModelFile;
  readonly output: Float32Array;
  readonly ms: number[];
}

export interface Measured {
  readonly results: readonly Result[];
  readonly failed: readonly Failure[];
}

/** `formsFor` tells which of the case's forms a contestant runs. */
export async function measureCase(
  one: Case,
  batch: number,
  contestants: readonly Contestant[],
  formsFor: (contestant: Contestant) => readonly Form[],
  {
    field,
    store,
    limits,
    say,
  }: { field: Field; store: ModelStore; limits: Limits; say: (text: string) => void },
): Promise<Measured> {
  const failed: Failure[] = [];
  const fail = (contestant: Contestant, error: unknown, form?: Form) => {
    const reason = error instanceof Error ? error.message : String(error);
    const name = form ? `${contestant.name} ${form}` : contestant.name;
    failed.push({ contestant: name, case: one.name, batch, reason });
    say(`${name} failed: ${reason}`);
  };
  const entries: Entry[] = [];
  for (const contestant of contestants) {
    for (const form of formsFor(contestant)) {
      say(`${one.name}, batch ${batch}: ${contestant.name} loads the ${form} form`);
      const model = await store.fileOf(one, form, batch);
      try {
        const child = await field.childOf(contestant);
        const loaded = await child.ask<Loaded>({ do: 'load', ...model }, limits.patience);
        expectNumbers(loaded.output);
        entries.push({ contestant, child, model, output: loaded.output, ms: [] });
      } catch (error) {
        fail(contestant, error, form);
        if (error instanceof Lost) break; // The other form would keep all others waiting as long.
      }
    }
  }
  const begin = performance.now();
  const isEnough = (rounds: number) =>
    rounds >= limits.maxRounds ||
    (rounds >= limits.minRounds && performance.now() - begin > limits.seconds * 1000);
  const lost = new Set<Entry>();
  for (let round = 0; !isEnough(round) && lost.size < entries.length; round++) {
    say(`${one.name}, batch ${batch}: round ${round + 1}`);
    for (const entry of entries) {
      if (lost.has(entry)) continue;
      const { child, model, contestant, ms } = entry;
      const turn = performance.now();
      try {
        for (let run = 0; run < limits.turnRuns; run++) {
          ms.push(await child.ask<number>({ do: 'run', name: model.name }, limits.patience));
          if (performance.now() - turn > limits.turnMs) break;
        }
      } catch (error) {
        lost.add(entry);
        fail(contestant, error, model.form);
      }
    }
  }
  const whole = entries.filter((entry) => !lost.has(entry));
  for (const { child, model } of whole) {
    // Only memory is at stake.
    await child.ask({ do: 'free', name: model.name }, limits.patience).catch(() => {});
  }
  const results = whole.map(({ contestant, model, ms, output }) => ({
    contestant,
    form: model.form,
    times: summarise(ms),
    output,
  }));
  return { results, failed };
}

/** A contestant that computes nothing would be the fastest. */
function expectNumbers(output: Float32Array): void {
  if (!output.every(Number.isFinite)) throw new Error('its output is not finite');
  if (output.every((value) => value === 0)) throw new Error('its output is all zeros');
}
