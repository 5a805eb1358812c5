/** Measuring which kernels are best, as several commands do it. */
import { Option } from 'commander';
import { readBytes } from '../formats/node-files.ts';
import type { Graph } from '../../ir/index.ts';
import type { Plan } from '../../codegen/index.ts';
import type { Device, SessionOptions } from '../runtime/index.ts';
import { importTuning, type TuneProgress, type Tuning } from '../tuning/index.ts';
import { isAbout } from '../tuning/unused.ts';
import type { Io } from './answer.ts';
import type { Say } from './progress.ts';

export interface TuningOptions {
  readonly tune: 'off' | 'quick' | 'full';
  /** The file. */
  readonly tuning?: string;
}

export const tuneOption = (): Option =>
  new Option('--tune <how>', 'measure which kernels are fastest here, where it is not known yet')
    .choices(['off', 'quick', 'full'])
    .default('off');

export const tuningOption = (): Option =>
  new Option('--tuning <file>', 'use the measurements that `reparam tune -o` wrote');

/** What sessions are to be opened with. Throws a `file` error that names the file. */
export async function sessionTuning(
  { tune, tuning: file }: TuningOptions,
  io: Io,
): Promise<(say: Say) => SessionOptions> {
  const tuning = file === undefined ? undefined : await readTuningFile(file);
  // Of several sessions, whatever they all would say.
  const said = new Set<string>();
  const warn = warnOn(io);
  const warnOnce = (message: string): void => {
    if (!said.has(message)) warn(message);
    said.add(message);
  };
  return (say) => ({
    tune,
    ...(tuning && { tuning }),
    onTune: (progress) => say(describeProgress(progress)),
    onWarning: warnOnce,
  });
}

const readTuningFile = async (path: string): Promise<Tuning> =>
  importTuning(new TextDecoder().decode(await readBytes(path)), { what: path });

/** How many layers there was a choice of kernels for, and for how many of them measurements decided. */
export interface Measured {
  readonly layers: number;
  readonly measured: number;
}

export function countMeasured({ dispatches }: Plan): Measured {
  const chosen = dispatches.filter(({ selection }) => selection !== null);
  const measured = chosen.filter(({ selection }) => selection!.by === 'measurement');
  const count = (list: Plan['dispatches']) => new Set(list.map(({ node }) => node)).size;
  return { layers: count(chosen), measured: count(measured) };
}

/**
 * Sessions of forms of one model, each given the measurements where they are about its layers; where they are
 * about none of them, all are, and warn.
 */
export function withTuningWhereUseful<T extends { graph: Graph; opening: SessionOptions }>(
  forms: readonly T[],
  device: Device,
): T[] {
  const isUseful = ({ graph, opening: { tuning, precision, arithmetic } }: T): boolean => {
    const lowering = { weights: precision, activations: precision, arithmetic };
    return tuning !== undefined && isAbout(tuning, graph, device, lowering);
  };
  const useful = new Set(forms.filter(isUseful));
  if (useful.size === 0) return [...forms];
  return forms.map((form) => {
    if (useful.has(form)) return form;
    const { tuning: _, ...opening } = form.opening;
    return { ...form, opening };
  });
}

export const describeProgress = ({ node, candidate, job, jobs }: TuneProgress): string =>
  `measuring kernels, ${job} of ${jobs}: ${candidate} for ${node}`;

export const warnOn =
  (io: Io) =>
  (message: string): void =>
    io.err(`warning: ${message}\n`);
