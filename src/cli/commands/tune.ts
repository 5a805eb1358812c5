/** `reparam tune`: which kernels are the fastest for a model on this GPU. */
import { Option, type Command } from 'commander';
import { compile } from '../../compile.ts';
import { writeBytes } from '../../formats/node-files.ts';
import { exportTuning, fileStore, tune } from '../../tuning/index.ts';
import type { JobReport, TuneMode, TuneResult } from '../../tuning/index.ts';
import { printTable } from '../../table.ts';
import { announce, describeAdapter, withDevice } from '../adapter.ts';
import { makeCommand, type Context } from '../answer.ts';
import { expectRunnable, openModel, type Shapes } from '../model-files.ts';
import { parseCount, shapeOption } from '../options.ts';
import { expectOutput } from '../output-files.ts';
import {
  arithmeticOption,
  expectPrecision,
  precisionOption,
  sessionPrecision,
  type PrecisionOptions,
} from '../precision.ts';
import { withProgress } from '../progress.ts';
import { atNominalSizes } from '../stats.ts';
import { describeProgress, warnOn } from '../tuning.ts';

interface TuneCommandOptions extends PrecisionOptions {
  readonly output?: string;
  readonly mode: TuneMode;
  readonly budget?: number;
  readonly cache: boolean;
  readonly optimize: boolean;
  readonly shape: Shapes;
}

const notes = `
Each distinct layer is measured once. A kernel's results are compared with the evaluator's before it is timed;
one that is wrong is not used. What is measured is kept, and \`run\` and \`bench\` use it with --tune quick.
Sizes that the file leaves open are a batch of 1 and 224 pixels.`;

export const tuneCommand = ({ io, args, answer, exit }: Context): Command =>
  makeCommand('tune', 'measure which kernels are the fastest for a model on this GPU', [
    'tune model.onnx',
    'tune model.onnx --mode full -o tuning.json',
    'run model.onnx -i picture.jpg --tuning tuning.json',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .option('-o, --output <file>', 'write what is known of the model on this GPU, for --tuning')
    .addOption(
      new Option('--mode <how>', 'a few kernels for each layer, or all that may be fastest')
        .choices(['quick', 'full'])
        .default('quick'),
    )
    .option(
      '--budget <seconds>',
      'begin nothing more after these (default: 10 for quick, 300 for full)',
      parseCount(1),
    )
    .option('--no-cache', 'measure all anew, and keep nothing')
    .option('--no-optimize', 'tune the model as it is in the file')
    .addOption(shapeOption())
    .addOption(precisionOption())
    .addOption(arithmeticOption())
    .addHelpText('after', notes)
    .action(async (path: string, options: TuneCommandOptions) => {
      const { output, mode, budget, cache, optimize, shape } = options;
      expectPrecision(options);
      const file = await openModel(path, shape);
      expectRunnable(file);
      if (output !== undefined) await expectOutput(output);
      const sized = atNominalSizes(file.graph);
      const graph = optimize ? compile(sized).graph : sized;
      const done = withDevice(args, async (device) => {
        announce(io, device);
        const { precision, arithmetic } = sessionPrecision(options, device, io);
        const lowering = { weights: precision, activations: precision, arithmetic };
        const result = await withProgress(io, async (say) =>
          tune(graph, {
            device,
            mode,
            lowering,
            ...(budget !== undefined && { budgetMs: 1000 * budget }),
            store: cache ? fileStore() : null,
            onProgress: (progress) => say(describeProgress(progress)),
            onWarning: warnOn(io),
          }),
        );
        const text = exportTuning(result.tuning);
        if (output !== undefined) await writeBytes(output, new TextEncoder().encode(text));
        const layers = result.jobs.filter(({ state }) => state !== 'fixed').map(describeLayer);
        const adapter = describeAdapter(device.info);
        const kept = result.isKept ? await fileStore().placeOf(result.adapter) : null;
        answer({
          json: {
            file: path,
            adapter,
            mode,
            optimized: optimize,
            seconds: result.milliseconds / 1000,
            output: output ?? null,
            cache: kept,
            layers,
          },
          text: [
            ...printLayers(layers),
            '',
            ...printEnd(result, layers, adapter),
            ...(kept === null ? [] : [`kept in ${kept}`]),
            ...(output === undefined ? [] : [`written to ${output}`]),
          ].join('\n'),
        });
      });
      exit(await done);
    });

interface Layer extends Pick<JobReport, 'nodes' | 'state' | 'trials'> {
  readonly job: string;
  /** Null where nothing is known. */
  readonly kernel: string | null;
  readonly untuned: string | null;
  /** Whether the time was over before all that `quick` tries was tried. */
  readonly partial: boolean;
  /** How many times as fast the kernel is; null where one of both was not timed. */
  readonly speedup: number | null;
}

export function describeLayer({ key, nodes, state, tuned, trials }: JobReport): Layer {
  const kernel = tuned && `${tuned.kernel} ${tuned.label}`.trim();
  const untuned = tuned && tuned.untuned;
  const timeOf = (name: string | null) =>
    trials.find(({ candidate }) => candidate === name)?.microseconds;
  const [own, before] = [timeOf(kernel), timeOf(untuned)];
  const speedup = own && before ? before / own : null;
  const partial = tuned?.isPartial ?? false;
  return { job: key, nodes, state, partial, kernel, untuned, speedup, trials };
}

function printLayers(layers: readonly Layer[]): string[] {
  const header = ['layer', 'candidates', 'kernel', 'µs', 'by estimate', 'times as fast'];
  const rows = layers.map(({ nodes, kernel, untuned, speedup, trials }) => {
    const more = nodes.length > 1 ? ` and ${nodes.length - 1} more` : '';
    const time = trials.find(({ candidate }) => candidate === kernel)?.microseconds;
    return [
      `${nodes[0]}${more}`,
      String(trials.length),
      kernel ?? 'not measured',
      time?.toFixed(0) ?? '',
      untuned === null || untuned === kernel ? '' : untuned,
      speedup?.toFixed(2) ?? '',
    ];
  });
  const rejected = layers.flatMap(({ nodes, trials }) =>
    trials.flatMap(({ candidate, rejected: reason }) =>
      reason === undefined ? [] : [`rejected: ${candidate} for ${nodes[0]}: ${reason}`],
    ),
  );
  const table = printTable([header, ...rows], ['left', 'right', 'left', 'right', 'left', 'right']);
  return [table, ...(rejected.length > 0 ? ['', ...rejected] : [])];
}

/** What was measured, and what the time was too short for. */
export function printEnd(
  { milliseconds }: Pick<TuneResult, 'milliseconds'>,
  layers: readonly Pick<Layer, 'state' | 'partial'>[],
  adapter: string,
): string[] {
  const count = (state: JobReport['state']) => layers.filter((one) => one.state === state).length;
  const seconds = (milliseconds / 1000).toFixed(1);
  const late = count('late');
  const partial = layers.filter((one) => one.state === 'measured' && one.partial).length;
  const unfinished = [
    ...(late > 0 ? [`before ${late} of them`] : []),
    ...(partial > 0 ? [`within ${partial} of them, which the next run measures again`] : []),
  ].join(' and ');
  return [
    `${count('measured')} of ${layers.length} kinds of layer measured in ${seconds} s, ${count('known')} known before, on ${adapter}`,
    ...(unfinished ? [`the time was over ${unfinished}; give more with --budget`] : []),
  ];
}
