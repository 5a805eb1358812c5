/** `reparam run`: a model on the GPU, with inputs from files. */
import { Option, type Command } from 'commander';
import { dimsOf, type Graph } from '../../../ir/index.ts';
import { compile } from '../../compile.ts';
import { writeFiles } from '../../formats/node-files.ts';
import { openSession } from '../../runtime/index.ts';
import { announce, describeAdapter, withDevice } from '../adapter.ts';
import { makeCommand, usageError, type Context } from '../answer.ts';
import { arrayExtensions, encodeArray, isArrayFile } from '../arrays.ts';
import { readInputFiles } from '../inputs.ts';
import { readLabels, topScores } from '../labels.ts';
import { expectRunnable, openModel, type Shapes } from '../model-files.ts';
import { parseCount, parseNumber, parseNumbers, shapeOption } from '../options.ts';
import { expectOutput, isSameFile, nameBefore } from '../output-files.ts';
import type { PictureOptions } from '../picture.ts';
import {
  arithmeticOption,
  expectPrecision,
  measureHalf,
  precisionOption,
  printHalf,
  sessionPrecision,
  type PrecisionOptions,
} from '../precision.ts';
import { withProgress } from '../progress.ts';
import { printOutput, summarise } from '../summary.ts';
import {
  countMeasured,
  sessionTuning,
  tuneOption,
  tuningOption,
  warnOn,
  type TuningOptions,
} from '../tuning.ts';
import { inputWarnings, warnOfWeights } from '../warnings.ts';

interface RunOptions extends PictureOptions, TuningOptions, PrecisionOptions {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly shape: Shapes;
  readonly imagenet?: boolean;
  readonly labels?: string;
  readonly top: number;
  readonly optimize: boolean;
}

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

const notes = `
Pictures are brought to the size that the model takes and become red, green, blue (or grey, if it takes one
channel) as (pixel * scale - mean) / std, where a pixel is 0 to 255. Which mean and std a model was trained
with is not in the file. Arrays and raw files are passed on as they are.

GPUs need not keep NaN and infinity: where weights, inputs or values between layers are or become such, the
results mean nothing.`;

const collect = (one: string, before: readonly string[]): string[] => [...before, one];

export const runCommand = ({ io, args, answer, exit }: Context): Command =>
  makeCommand('run', 'run a model on the GPU', [
    'run fast.onnx -i picture.jpg --imagenet --labels labels.txt',
    'run fast.onnx -i picture.png --mean 0.286 --std 0.353 --top 3',
    'run fast.onnx -i x=input.npy -o logits=logits.npy',
    'run fast.onnx -i input.f32 -o output.npy --shape x=1x3x224x224',
    'run fast.onnx -i picture.jpg --imagenet --precision f16',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .option(
      '-i, --input <[name=]file>',
      `an input: .npy, .raw/.bin/.f32 (little-endian float32), .png, .jpg; may be repeated`,
      collect,
      [] as string[],
    )
    .option(
      '-o, --output <[name=]file>',
      'write an output as .npy, or as float32; may be repeated',
      collect,
      [] as string[],
    )
    .addOption(
      new Option('--mean <numbers>', 'of the pixels, after scaling')
        .argParser(parseNumbers)
        .default([0], '0'),
    )
    .addOption(
      new Option('--std <numbers>', 'of the pixels, after scaling')
        .argParser(parseDeviations)
        .default([1], '1'),
    )
    .addOption(
      new Option('--scale <factor>', 'of the pixels')
        .argParser(parseNumber)
        .default(1 / 255, '1/255'),
    )
    .addOption(
      new Option(
        '--imagenet',
        `--mean ${imagenet.mean.join()} --std ${imagenet.std.join()}`,
      ).implies(imagenet),
    )
    .addOption(
      new Option('--resize <how>', 'the shorter side and then the centre, or both sides')
        .choices(['crop', 'stretch'])
        .default('crop'),
    )
    .option('--labels <file>', 'names of the classes, one a line')
    .option('--top <count>', 'how many classes to show', parseCount(1), 5)
    .option('--no-optimize', 'run the model as it is in the file')
    .addOption(shapeOption())
    .addOption(tuneOption())
    .addOption(tuningOption())
    .addOption(precisionOption())
    .addOption(arithmeticOption())
    .addHelpText('after', notes)
    .action(async (path: string, options: RunOptions) => {
      const { input, output, shape, labels: labelFile, top } = options;
      expectPrecision(options);
      const file = await openModel(path, shape);
      expectRunnable(file);
      const outputs = await outputFiles(file.graph, output);
      const tuning = await sessionTuning(options, io);
      const labels = labelFile === undefined ? undefined : await readLabels(labelFile);
      const inputs = await readInputFiles(file.graph, input, options);
      const dims = dimsOf(file.graph, inputs);
      const graph = options.optimize ? compile(file.graph).graph : file.graph;
      const runOnDevice = withDevice(args, async (device) => {
        announce(io, device);
        const aboutInputs = inputWarnings(inputs);
        const warnings = [...warnOfWeights(io, file), ...aboutInputs];
        for (const message of aboutInputs) warnOn(io)(message);
        const precision = sessionPrecision(options, device, io);
        const { results, measured, float16 } = await withProgress(io, async (say) => {
          say('running');
          const opening = { ...tuning(say), ...precision, device, dims };
          using session = await openSession(graph, opening);
          return {
            results: await session.run(inputs),
            measured: countMeasured(session.plan),
            float16: await measureHalf(graph, session, inputs, opening),
          };
        });
        // Before anything is written: the labels may not fit.
        const summaries = Object.entries(results).map(([name, tensor]) =>
          summarise(name, tensor, topScores(tensor, top, labels), outputs.get(name)),
        );
        await writeFiles(
          [...outputs].map(([name, to]) => ({
            path: to,
            chunks: [encodeArray(results[name]!, to)],
          })),
        );
        const adapter = describeAdapter(device.info);
        answer({
          json: {
            file: path,
            adapter,
            optimized: options.optimize,
            tuning: measured,
            outputs: summaries,
            warnings,
            ...(float16 && { float16 }),
          },
          text: [...summaries.map(printOutput), ...printHalf(float16), `ran on ${adapter}`].join(
            '\n',
          ),
        });
      });
      exit(await runOnDevice);
    });

function parseDeviations(text: string): readonly number[] {
  const numbers = parseNumbers(text);
  if (numbers.every((number) => number > 0)) return numbers;
  throw usageError(`--std must be above 0, not ${text}`);
}

/** Which output goes to which file. */
async function outputFiles(graph: Graph, given: readonly string[]): Promise<Map<string, string>> {
  const names = graph.outputs.map(({ name }) => name);
  const files = new Map<string, string>();
  for (const text of given) {
    const named = names.find((name) => text.startsWith(`${name}=`));
    const unknown = named === undefined ? await nameBefore(text) : undefined;
    if (unknown !== undefined) {
      throw usageError(`there is no output "${unknown}"; it has ${names.join(', ')}`);
    }
    const name = named ?? (names.length === 1 ? names[0] : undefined);
    if (name === undefined) {
      throw usageError(`'${text}' does not say which output: ${names.join(', ')}; give NAME=FILE`);
    }
    if (files.has(name)) throw usageError(`the output ${name} is given twice`);
    const path = named === undefined ? text : text.slice(named.length + 1);
    if (!isArrayFile(path)) {
      throw usageError(
        `'${path}' must end in ${arrayExtensions.join(', ')}, which says what format to write`,
      );
    }
    await expectOutput(path);
    for (const [other, taken] of files) {
      if (await isSameFile(taken, path)) {
        throw usageError(`the outputs ${other} and ${name} cannot both be written to ${path}`);
      }
    }
    files.set(name, path);
  }
  return files;
}
