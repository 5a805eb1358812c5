/** Measures reparam beside its peers on one adapter. `npm run bench -- --help` */
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { writeBytes } from '../src/node.ts';
import { drawChart } from './chart.ts';
import { endAll } from './child.ts';
import { measureColdStarts, type ColdStart } from './cold-start.ts';
import { makeRows, nameOf, predict, type Row } from './compare.ts';
import { contestants, packages, reparam, type Contestant } from './contestants.ts';
import { summariseLayers, type LayerTimes, type Prepared } from './layers.ts';
import { makeField, measureCase, type Failure, type Field, type Limits } from './measure.ts';
import {
  formsOf,
  layers,
  makeModelStore,
  networks,
  type Case,
  type ModelStore,
} from './networks.ts';
import { profileNetworks } from './profile.ts';
import { readOptions, usage, type Options } from './options.ts';
import type { BenchResult, Machine, Timing } from './result.ts';
import type { SteadyState } from './steady-state.ts';
import { printResult } from './table.ts';

const say = (text: string) =>
  console.error(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${text}`);

/** The slowest take longer than that for one run. */
const turns = { turnMs: 200, turnRuns: 5 };

/** In a hurry, the peers that need a second for a run get their five rounds and no more. */
const limitsOf = ({ quick }: Options): Limits =>
  quick
    ? { minRounds: 5, maxRounds: 15, seconds: 25, patience: 40, ...turns }
    : { minRounds: 5, maxRounds: 31, seconds: 120, patience: 300, ...turns };

const LAYER_ROUNDS = 21;
const COLD_ROUNDS = 3;

function readArguments(): Options {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== 'help') return options;
    console.log(usage);
    return process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    return process.exit(2);
  }
}

/** Before anything is measured. Its parent must be there: mkdir, made to make that, too, hangs below /proc. */
async function expectFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((await stat(folder).catch(() => null))?.isDirectory()) return;
    console.error(`--out ${folder} cannot be made a folder: ${(error as Error).message}`);
    process.exit(2);
  }
}

function expectPeers(): void {
  const missing = packages.filter(
    (name) => !existsSync(join(import.meta.dirname, 'node_modules', name)),
  );
  if (missing.length === 0) return;
  console.error(
    `the benchmark needs ${missing.join(', ')}, which are not installed with the project; run\n` +
      '    npm ci --prefix bench --ignore-scripts',
  );
  process.exit(1);
}

const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? '',
  cores: cpus().length,
  loadBefore: loadavg()[0]!,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  date: new Date().toISOString(),
});

async function measureLayers(field: Field, patience: number) {
  const child = await field.childOf(reparam);
  say('single layers: compiling');
  const prepared = await child.ask<Prepared>({ do: 'prepare-layers' }, patience);
  const rounds: LayerTimes[] = [];
  for (let round = 0; round < LAYER_ROUNDS; round++) {
    if (round % 5 === 0) say(`single layers: round ${round + 1}`);
    rounds.push(await child.ask<LayerTimes>({ do: 'measure-layers' }, patience));
  }
  return summariseLayers(prepared, rounds);
}

/** In a hurry, those that are not on the adapter only run the plain form. */
const formsFor =
  (one: Case, { quick }: Options) =>
  (contestant: Contestant) =>
    quick && !contestant.gpu ? one.forms.filter((form) => form === 'plain') : one.forms;

async function measureCases(
  options: Options,
  context: { field: Field; store: ModelStore; limits: Limits },
) {
  const { quick, part, batches, cases, peers } = options;
  const usual = quick || part === 'networks' ? networks : [...networks, ...layers];
  const wanted = cases
    ? [...networks, ...layers].filter(({ name }) => cases.includes(name))
    : usual;
  const entrants = contestants.filter(
    (one) => one === reparam || (peers?.includes(one.name) ?? true),
  );
  const rows: Row[] = [];
  const timings: Timing[] = [];
  const failed: Failure[] = [];
  for (const batch of batches) {
    for (const one of wanted) {
      const measured = await measureCase(one, batch, entrants, formsFor(one, options), {
        ...context,
        say,
      });
      const { plain, training } = formsOf(one, batch);
      const predicted = one.forms.length > 1 ? predict(plain, training) : undefined;
      rows.push(...makeRows(one.name, batch, measured.results, predicted));
      failed.push(...measured.failed);
      for (const result of measured.results) {
        const { times } = result;
        say(`${one.name}, batch ${batch}: ${nameOf(result)} ${times.p25.toFixed(1)} ms (p25)`);
        timings.push({ case: one.name, batch, contestant: nameOf(result), times });
      }
    }
  }
  return { rows, timings, failed };
}

async function measureAll(options: Options): Promise<BenchResult> {
  const limits = limitsOf(options);
  const machine = describeMachine();
  const store = await makeModelStore();
  const field = makeField(limits.patience);
  const failed: Failure[] = [];
  const isWanted = (part: Options['part']) => options.part === 'all' || options.part === part;
  try {
    await field.childOf(reparam); // Without ours there is nothing to compare with.
    const adapter = field.adapters.get(reparam.name)!;
    const own = isWanted('layers') ? await measureLayers(field, limits.patience) : null;
    const compared =
      options.part === 'all' || options.part === 'networks'
        ? await measureCases(options, { field, store, limits })
        : null;
    const isSlow = options.part === 'all' && options.quick;
    let steadyState: SteadyState | null = null;
    let coldStarts: ColdStart[] = [];
    if (isWanted('steady-state') && !isSlow) {
      const child = await field.childOf(reparam);
      say('steady state: 1,000 runs');
      steadyState = await child.ask<SteadyState>({ do: 'steady-state' }, limits.patience);
    }
    for (const [name, other] of field.adapters) {
      if (other === adapter) continue;
      failed.push({ contestant: name, reason: `it uses another adapter, ${other}` });
    }
    field.end();
    const networksWanted = networks.filter(({ name }) => options.cases?.includes(name) ?? true);
    const profiles = options.part === 'profile' ? await profileNetworks(networksWanted, say) : [];
    if (isWanted('cold-start') && !isSlow) {
      const cold = await measureColdStarts(networksWanted, COLD_ROUNDS, {
        store,
        patience: limits.patience,
        say,
      });
      coldStarts = cold.coldStarts;
      failed.push(...cold.failed);
    }
    return {
      adapter,
      fmaPeakGflops: own?.fmaPeakGflops ?? null,
      rows: compared?.rows ?? [],
      layers: own?.layers ?? [],
      layersClock: own?.layersClock ?? null,
      failed: [...(compared?.failed ?? []), ...failed],
      timings: compared?.timings ?? [],
      coldStarts,
      steadyState,
      profiles,
      machine,
    };
  } finally {
    field.end();
    store.remove();
  }
}

const options = readArguments();
if (['all', 'networks', 'cold-start'].includes(options.part)) expectPeers();
if (options.out !== null) await expectFolder(options.out);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endAll();
    process.exit(130);
  });
}

try {
  const result = await measureAll(options);
  const json = `${JSON.stringify(result, null, 2)}\n`;
  console.log(options.json ? json.trimEnd() : printResult(result));
  if (options.out !== null) {
    await writeBytes(join(options.out, 'performance.json'), Buffer.from(json));
    await writeBytes(join(options.out, 'performance.svg'), Buffer.from(drawChart(result)));
    say(`written: performance.json and performance.svg in ${options.out}`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  endAll();
}
