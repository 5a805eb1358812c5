/** `reparam optimize`: a model file into a plain one that computes the same. */
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { ReparamError, type Graph } from '../../../ir/index.ts';
import type { Pass } from '../../../passes/index.ts';
import type { FileToWrite } from '../../formats/node-files.ts';
import { profileLayers } from '../../profile/index.ts';
import type { ReportInput, ReportProfile } from '../../report/index.ts';
import { openSession, type Device } from '../../runtime/index.ts';
import { announce, describeAdapter, withDevice } from '../adapter.ts';
import { makeCommand, usageError, type Answer, type Context } from '../answer.ts';
import { checkProblem, printCheck } from '../check-text.ts';
import { printExplanation, printStayed } from '../explain.ts';
import {
  expectModelOutput,
  expectRunnable,
  openModel,
  type ModelFile,
  type Shapes,
} from '../model-files.ts';
import { describeEquivalence, optimise, stopwatch, writeOptimised } from '../optimise.ts';
import type { Optimised } from '../optimise.ts';
import { shapeOption } from '../options.ts';
import { expectOutput, isSameFile } from '../output-files.ts';
import { passesOption } from '../passes.ts';
import { withProgress, type Say } from '../progress.ts';
import { remedyFor } from '../remedies.ts';
import { atKnownSizes, printBytes, printSeconds, printStats, printUncounted } from '../stats.ts';
import { warnOn } from '../tuning.ts';
import { printWarnings } from '../warnings.ts';

export interface OptimizeOptions {
  readonly output: string;
  readonly shape: Shapes;
  readonly passes?: readonly Pass[];
  readonly report?: string;
  readonly profile?: boolean;
  readonly explain?: boolean;
}

export const optimizeCommand = ({ io, args, answer, exit }: Context): Command =>
  makeCommand('optimize', 'merge the parallel branches of a model, check the result and write it', [
    'optimize model.onnx -o fast.onnx',
    'optimize model.onnx -o fast.onnx --explain',
    'optimize model.onnx -o fast.onnx --shape x=1x3x224x224 --report report.html',
    'optimize model.onnx -o fast.onnx --report report.html --profile',
    'optimize model.onnx -o fast.onnx --passes fold-bn,fuse-relu --json',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .requiredOption('-o, --output <file>', 'where to write: .onnx, or .safetensors (lossless)')
    .addOption(shapeOption())
    .addOption(passesOption())
    .option('--report <file>', 'write a page about what was done: .html')
    .option('--profile', 'time every layer before and after on the GPU, for the report')
    .option(
      '--explain',
      'say why each branch and normalisation that stayed did, and what can be done',
    )
    .addHelpText(
      'after',
      '\nThe result is always compared with the original, and nothing is written where they differ. -o may be\n' +
        `the model itself, which is then replaced. In the figures after, ${activationNote}.`,
    )
    .action(async (path: string, options: OptimizeOptions) => {
      const optimize = async (device?: Device) => {
        const profiling = device && { device, warn: warnOn(io) };
        answer(await withProgress(io, async (say) => optimizeFile(path, options, say, profiling)));
      };
      if (!options.profile) return optimize();
      if (options.report === undefined) throw usageError('--profile needs --report');
      exit(
        await withDevice(args, async (device) => {
          announce(io, device);
          await optimize(device);
        }),
      );
    });

/** The files that are written have a node for it. */
const activationNote = 'an activation counts with the layer before it';

/** Where to time layers, and who hears that it cannot be done. */
interface Profiling {
  readonly device: Device;
  readonly warn: (message: string) => void;
}

/**
 * All of the command but its printing. Throws before anything is written, or writes everything. With `profiling`,
 * the report has what the layers take, where the model can run.
 */
export async function optimizeFile(
  path: string,
  options: OptimizeOptions,
  say: Say,
  profiling?: Profiling,
): Promise<Answer> {
  const elapsed = stopwatch();
  const { output, report, explain = false } = options;
  await expectModelOutput(output);
  if (report !== undefined) {
    if (!['.html', '.htm'].includes(extname(report).toLowerCase())) {
      throw usageError(`'${report}' must end in .html: the report is a page for a browser`);
    }
    if ((await isSameFile(path, report)) || (await isSameFile(output, report))) {
      throw usageError('--report cannot be the file of a model');
    }
    await expectOutput(report);
  }
  say(`reading ${path}`);
  const file = await openModel(path, options.shape);
  const optimised = await optimise(file, options.passes, output, say);
  const problem = checkProblem(optimised.equivalence, path);
  if (problem) return refuse(file, optimised, problem, elapsed());
  const profile = profiling && (await profileForms(file, optimised, profiling, say));
  say(`writing ${output}`);
  const others = async (bytes: number): Promise<FileToWrite[]> => {
    if (report === undefined) return [];
    // Only here: what lays the page out takes a while to load.
    const { renderReport } = await import('../../report/index.ts');
    const input = reportInput(file, optimised, { output, bytes }, elapsed());
    const page = await renderReport({ ...input, profile });
    return [{ path: report, chunks: [new TextEncoder().encode(page)] }];
  };
  const { bytes } = await writeOptimised(optimised, others);
  const written = { output, bytes, ...(report !== undefined && { report }) };
  return {
    json: describe(file, optimised, written, elapsed()),
    text: print(file, optimised, written, { seconds: elapsed(), explain }),
  };
}

/** Nothing is written; all else is told. */
function refuse(
  file: ModelFile,
  optimised: Optimised,
  { code, message, subject }: ReparamError,
  seconds: number,
): Answer {
  return {
    json: { error: { code, message, subject }, ...describe(file, optimised, null, seconds) },
    text: '',
    ok: false,
    problem: [message, ...printWarnings(optimised.warnings)].join('\n'),
  };
}

interface Output {
  readonly output: string;
  readonly bytes: number;
  readonly report?: string;
}

/** At the sizes that the report has. Undefined, with a warning, where the model cannot run. */
async function profileForms(
  file: ModelFile,
  { compiled }: Optimised,
  { device, warn }: Profiling,
  say: Say,
): Promise<ReportProfile | undefined> {
  const profile = async (graph: Graph) => {
    const fixed = atKnownSizes(graph, file.opaque);
    using session = await openSession(fixed, { device });
    const { dispatches, ...method } = await session.profile(null, { roofline: true });
    return { ...method, layers: profileLayers(fixed, { dispatches, ...method }) };
  };
  try {
    expectRunnable(file);
    say('timing the layers as they were');
    const source = await profile(compiled.source);
    say('timing the layers as they are now');
    const plain = await profile(compiled.graph);
    return { device: describeAdapter(device.info), source, plain };
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    warn(`the report is without the times that --profile asks for: ${error.message}`);
    return undefined;
  }
}

const reportInput = (
  file: ModelFile,
  optimised: Optimised,
  out: Output,
  seconds: number,
): ReportInput => ({
  title: basename(file.path),
  files: {
    source: { name: basename(file.path), bytes: file.bytes },
    plain: { name: basename(out.output), bytes: out.bytes },
  },
  source: atKnownSizes(optimised.compiled.source, file.opaque),
  plain: atKnownSizes(optimised.compiled.graph, file.opaque),
  log: optimised.compiled.log,
  opaque: file.opaque,
  outputs: file.onnx?.outputs,
  before: optimised.before,
  after: optimised.after,
  equivalence: optimised.equivalence,
  warnings: optimised.warnings,
  seconds,
});

function describe(file: ModelFile, optimised: Optimised, out: Output | null, seconds: number) {
  const { compiled, equivalence, before, after, warnings } = optimised;
  const applied = compiled.log.filter(({ kind }) => kind === 'applied');
  const refused = compiled.log.filter(({ kind }) => kind === 'refused');
  return {
    input: { file: file.path, bytes: file.bytes },
    output: out && { file: out.output, bytes: out.bytes },
    ...(out?.report !== undefined && { report: out.report }),
    before,
    after,
    applied: applied.map(({ rule, node, nodes, why }) => ({ rule, node, nodes, why })),
    refused: refused.map(({ rule, node, nodes, why, condition }) => {
      const remedy = remedyFor(why);
      return { rule, node, nodes, why, condition, remedy };
    }),
    opaque: file.opaque,
    warnings,
    verify: describeEquivalence(equivalence),
    seconds,
  };
}

function print(
  file: ModelFile,
  { compiled, equivalence, before, after, warnings }: Optimised,
  { output, bytes, report }: Output,
  { seconds, explain }: { readonly seconds: number; readonly explain: boolean },
): string {
  const uncounted = printUncounted(file.opaque.length, before, after);
  const about = explain ? [printExplanation(compiled.graph, compiled.log, file.opaque), ''] : [];
  return [
    `${file.path} (${printBytes(file.bytes)}) -> ${output} (${printBytes(bytes)})`,
    '',
    printStats(before, after),
    ...(after.nodes < before.nodes ? [`  after, ${activationNote}`] : []),
    ...(uncounted === null ? [] : [`  ${uncounted}`]),
    '',
    ...about,
    ...printCheck(equivalence),
    ...printWarnings(warnings),
    ...(explain ? [] : [printStayed(compiled.graph, file.opaque)]),
    ...(report === undefined ? [] : [`report: ${report}`]),
    `done in ${printSeconds(seconds)}`,
  ].join('\n');
}
