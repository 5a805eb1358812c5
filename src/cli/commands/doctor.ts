/** `reparam doctor`: what there is to run on, and what is missing. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ReparamError } from '../../../ir/index.ts';
import { openDevice, type DeviceInfo } from '../../runtime/index.ts';
import { adapterKey, cacheProblem, fileStore } from '../../tuning/index.ts';
import { describeAdapter, hasFallback } from '../adapter.ts';
import { makeCommand, type Context } from '../answer.ts';
import { packageVersion } from '../package.ts';
import { adapterProblem } from '../probe.ts';
import { printCount } from '../stats.ts';
import { printTable } from '../../table.ts';

export const doctorCommand = ({ answer }: Context): Command =>
  makeCommand('doctor', 'say what there is to run on, what is missing and how to install it', [
    'doctor',
    'doctor --json',
  ])
    .addHelpText(
      'after',
      '\nThe exit code is 1 where models cannot be run. All else works without a GPU.',
    )
    .action(async () => {
      const { adapters, caches, problem } = await findAdapters();
      const fallback = adapters.length === 0 && hasFallback();
      const drivers = vulkanDrivers();
      const missing = [
        ...whatIsMissing(adapters, problem, fallback),
        ...describeCacheProblem(await cacheProblem()),
      ];
      const system = {
        reparam: packageVersion(),
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
      };
      answer({
        json: {
          ok: adapters.length > 0 || fallback,
          ...system,
          adapters,
          caches,
          fallback,
          drivers,
          missing,
        },
        text: print(Object.entries(system), adapters, caches, drivers, missing),
        ok: adapters.length > 0 || fallback,
      });
    });

interface Found {
  readonly adapters: readonly DeviceInfo[];
  /** Where measurements on each are kept. */
  readonly caches: readonly string[];
  readonly problem: string | null;
}

/** The system's choice first. */
async function findAdapters(): Promise<Found> {
  const none = adapterProblem();
  if (none) return { adapters: [], caches: [], problem: none.message };
  const found = new Map<string, { info: DeviceInfo; cache: string }>();
  let problem: string | null = null;
  for (const powerPreference of [undefined, 'high-performance', 'low-power'] as const) {
    try {
      using device = await openDevice(powerPreference ? { powerPreference } : {});
      const cache = await fileStore().placeOf(adapterKey(device));
      found.set(JSON.stringify(device.info), { info: device.info, cache });
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      problem ??= error.message;
    }
  }
  const all = [...found.values()];
  return {
    adapters: all.map(({ info }) => info),
    caches: all.map(({ cache }) => cache),
    problem,
  };
}

/** Where the Vulkan loader looks for drivers on Linux; none elsewhere. */
export function vulkanDrivers(): string[] {
  if (process.platform !== 'linux') return [];
  const chosen = process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'];
  if (chosen !== undefined) return chosen.split(':').filter((file) => existsSync(file));
  return ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
}

interface Missing {
  readonly what: string;
  readonly remedy: string;
}

const uses = {
  'shader-f16': 'all is in float32 without it, whatever precision is asked for',
  subgroups: 'some kernels are slower without it',
  'timestamp-query': 'times are taken on the CPU without it',
};

/** The commands that open a device. */
const needDevice = 'run, bench, tune and optimize --profile';

export function whatIsMissing(
  adapters: readonly DeviceInfo[],
  problem: string | null,
  fallback: boolean,
): Missing[] {
  const [first] = adapters;
  if (!first) {
    const remedy = problem?.replace(/^.*?: /, '') ?? 'install the driver of your GPU';
    const what = fallback
      ? `an adapter of the system; ${needDevice} use the slow software adapter SwiftShader of this clone`
      : `an adapter: ${needDevice} will not work`;
    return [{ what, remedy }];
  }
  const software = adapters.every((info) => info.software);
  const driver =
    'if this machine has a GPU, install the driver of its maker (on Linux its Vulkan driver)';
  return [
    ...(software ? [{ what: 'a hardware adapter: it will be slow', remedy: driver }] : []),
    ...Object.entries(uses)
      .filter(([feature]) => !first.features.includes(feature))
      .map(([feature, remedy]) => ({ what: `the feature ${feature}`, remedy })),
  ];
}

function describeCacheProblem(problem: string | null): Missing[] {
  if (problem === null) return [];
  const what = `a folder to keep measurements in: ${problem}`;
  const remedy = 'name one that can be written in the variable REPARAM_CACHE';
  return [{ what, remedy }];
}

function print(
  system: readonly (readonly string[])[],
  adapters: readonly DeviceInfo[],
  caches: readonly string[],
  drivers: readonly string[],
  missing: readonly Missing[],
): string {
  const lines = [printTable(system, [])];
  for (const [i, info] of adapters.entries()) {
    const limits = Object.entries(info.limits).map(([name, limit]) => [name, printCount(limit)]);
    lines.push(
      '',
      `adapter: ${describeAdapter(info)}`,
      `  features: ${info.features.join(', ') || 'none of those that reparam uses'}`,
      `  measurements: ${caches[i]}${existsSync(caches[i]!) ? '' : ' (none yet)'}`,
      printTable(limits, ['left', 'right']),
    );
  }
  if (drivers.length > 0) lines.push('', 'Vulkan drivers:', ...drivers.map((file) => `  ${file}`));
  if (missing.length > 0) {
    lines.push('', 'missing:');
    for (const { what, remedy } of missing) lines.push(`  ${what}`, `    -> ${remedy}`);
  }
  return lines.join('\n');
}
