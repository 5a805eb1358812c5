/** The arguments of the benchmark. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contestants } from './contestants.ts';
import { layers, networks } from './networks.ts';

export const usage = `usage: npm run bench -- [OPTION...]
  --quick         batch 1, both networks and our own layers, at least 5 rounds: within four minutes
  --json          print one JSON object; no files, unless there is --out
  --out FOLDER    where performance.json and performance.svg go; bench/results unless --json or a part alone
  --networks      only the whole networks beside the peers
  --layers        only our own kernels on single layers
  --cold-start    only the first result with the driver's shader cache away
  --profile       only what each layer of the networks takes, in our plain and training forms, batch 1
  --steady-state  only what a session makes and keeps over 1,000 runs
  --batch N       only this batch, where peers are beside us; may be given several times
  --case NAME     only this case, with its single layers or without; may be given several times
  --peer NAME     only this peer, such as "tfjs webgpu"; may be given several times`;

export interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  /** Null where no files are wanted. */
  readonly out: string | null;
  /** One part alone, or all. */
  readonly part: 'all' | 'networks' | 'layers' | 'profile' | 'cold-start' | 'steady-state';
  readonly batches: readonly number[];
  /** Null for all. */
  readonly cases: readonly string[] | null;
  readonly peers: readonly string[] | null;
}

/** Throws an error whose message is for the user. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
      networks: { type: 'boolean', default: false },
      layers: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'cold-start': { type: 'boolean', default: false },
      'steady-state': { type: 'boolean', default: false },
      batch: { type: 'string', multiple: true },
      case: { type: 'string', multiple: true },
      peer: { type: 'string', multiple: true },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const parts = (['networks', 'layers', 'profile', 'cold-start', 'steady-state'] as const).filter(
    (name) => values[name],
  );
  if (parts.length > 1) throw new Error(`--${parts.join(' and --')} exclude each other`);
  const part = parts[0] ?? 'all';
  expectKnown('case', values.case, [...networks, ...layers]);
  expectKnown('peer', values.peer, contestants);
  const { quick, json } = values;
  const batches = values.batch?.map(readBatch) ?? (quick ? [1] : [1, 8]);
  const folder = part === 'all' && !json ? join(import.meta.dirname, 'results') : null;
  const [cases, peers] = [values.case ?? null, values.peer ?? null];
  return { quick, json, part, out: values.out ?? folder, batches, cases, peers };
}

function readBatch(text: string): number {
  const batch = Number(text);
  if (Number.isInteger(batch) && batch > 0) return batch;
  throw new Error(`--batch ${text}: a batch is a whole number from 1`);
}

function expectKnown(
  option: string,
  given: readonly string[] | undefined,
  known: readonly { readonly name: string }[],
): void {
  const wrong = given?.find((one) => !known.some(({ name }) => name === one));
  if (wrong === undefined) return;
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  throw new Error(`there is no ${option} "${wrong}"; there are ${names}`);
}
