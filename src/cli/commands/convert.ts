/** `reparam convert`: checkpoints, networks of the zoo and model files into model files. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Graph, Shape } from '../../../ir/index.ts';
import { readBytes, writeFiles } from '../../formats/node-files.ts';
import { loadCheckpoint, zoo, zooNames, type ZooName } from '../../zoo/index.ts';
import { makeCommand, usageError, type Answer, type Context } from '../answer.ts';
import { checkProblem } from '../check-text.ts';
import {
  blameShapes,
  encodeModel,
  expectModelOutput,
  madeModel,
  openModel,
} from '../model-files.ts';
import type { ModelFile, Shapes } from '../model-files.ts';
import { optimise, stopwatch } from '../optimise.ts';
import { shapeOption } from '../options.ts';
import { withProgress, type Say } from '../progress.ts';
import { printBytes, printConvs, printCount, printSeconds, statsOf } from '../stats.ts';

interface ConvertOptions {
  readonly output: string;
  readonly arch?: ZooName;
  readonly plain?: boolean;
  readonly entry?: string;
  readonly shape: Shapes;
}

export const convertCommand = ({ io, answer }: Context): Command =>
  makeCommand(
    'convert',
    'make a model file of a checkpoint, a network of the zoo or another model file',
    [
      'convert --arch repvgg-a0 RepVGG-A0-train.pth -o repvgg-a0.onnx',
      'convert --arch mobileone-s0 weights.safetensors -o mobileone.onnx --plain',
      'convert --arch repvgg-a0 -o untrained.onnx',
      'convert model.onnx -o model.safetensors',
    ],
  )
    .argument('[file]', 'a checkpoint (.pth, .pt, .pth.tar, .safetensors) or a model file')
    .requiredOption('-o, --output <file>', 'where to write: .onnx, or .safetensors (lossless)')
    .addOption(
      new Option(
        '--arch <name>',
        'the architecture of the checkpoint; reparam zoo lists them',
      ).argParser(parseArch),
    )
    .option('--deploy, --plain', 'write the plain form, merged and checked')
    .option('--entry <name>', 'where the weights are in a checkpoint that has several')
    .addOption(shapeOption())
    .addHelpText(
      'after',
      '\nWithout a file, the network has its initial parameters, which are random.',
    )
    .action(async (path: string | undefined, options: ConvertOptions) => {
      if (path === undefined && options.arch === undefined) {
        throw usageError('give a file, or --arch NAME for a network of the zoo');
      }
      if (options.arch !== undefined && path?.toLowerCase().endsWith('.onnx')) {
        throw usageError(`${path} is an ONNX model, not a checkpoint; leave out --arch`);
      }
      expectEntry(path, options);
      answer(await withProgress(io, async (say) => convert(path, options, say)));
    });

/** Throws wrong usage where `--entry` is given and there is nothing that has entries. */
function expectEntry(path: string | undefined, { arch, entry }: ConvertOptions): void {
  if (entry === undefined) return;
  const refuse = (reason: string) =>
    usageError(`--entry says where the weights are in a PyTorch checkpoint; ${reason}`);
  if (path === undefined) throw refuse(`give its file, or leave out --entry`);
  if (path.toLowerCase().endsWith('.safetensors')) throw refuse(`${path} has no entries`);
  if (arch === undefined) throw refuse('give --arch NAME, too');
}

function parseArch(text: string): ZooName {
  const known = zooNames.find((name) => name === text);
  if (known) return known;
  throw new InvalidArgumentError(
    `There is no such architecture; there are ${zooNames.join(', ')}.`,
  );
}

async function convert(
  path: string | undefined,
  options: ConvertOptions,
  say: Say,
): Promise<Answer> {
  const elapsed = stopwatch();
  const { output, arch, plain = false } = options;
  await expectModelOutput(output);
  say(`reading ${path ?? arch}`);
  const file =
    arch === undefined ? await openModel(path!, options.shape) : await fromZoo(arch, path, options);
  let { graph } = file;
  if (plain) {
    const optimised = await optimise(file, undefined, output, say);
    const problem = checkProblem(optimised.equivalence, file.path);
    if (problem) throw problem;
    graph = optimised.compiled.graph;
  }
  say(`writing ${output}`);
  const files = encodeModel(file, graph, output);
  await writeFiles(files);
  const bytes = files.flatMap(({ chunks }) => chunks).reduce((sum, { length }) => sum + length, 0);
  const stats = statsOf(graph, file.opaque);
  const counts = `${printConvs(stats)}, ${printCount(stats.params)} parameters`;
  return {
    json: {
      input: path ?? null,
      arch: arch ?? null,
      plain,
      output: { file: output, bytes },
      stats,
      seconds: elapsed(),
    },
    text: `wrote ${output}: ${counts}, ${printBytes(bytes)}, in ${printSeconds(elapsed())}`,
  };
}

async function fromZoo(
  arch: ZooName,
  path: string | undefined,
  { entry, shape }: ConvertOptions,
): Promise<ModelFile> {
  const unknown = Object.keys(shape).find((name) => name !== 'x');
  if (unknown !== undefined) throw usageError(`the input of ${arch} is x, not '${unknown}'`);
  const bytes = path === undefined ? null : await readBytes(path);
  const what = { ...(path !== undefined && { what: path }), ...(entry !== undefined && { entry }) };
  const make = (input: { input?: Shape }): Graph =>
    bytes === null ? zoo[arch](input) : loadCheckpoint(arch, bytes, { ...what, ...input });
  const graph = blameShapes(
    shape,
    () => make(shape['x'] ? { input: shape['x'] } : {}),
    () => make({}),
  );
  return { ...madeModel(graph), ...(path !== undefined && { path }) };
}
