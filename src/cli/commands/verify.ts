/** `reparam verify`: whether two model files compute the same. */
import type { Command } from 'commander';
import { ReparamError, symbolsOf, type Graph } from '../../../ir/index.ts';
import { checkEquivalence, type Precision } from '../../equivalence/index.ts';
import { makeCommand, type Context } from '../answer.ts';
import { interfaceDifference } from '../interface.ts';
import { openModel, type ModelFile, type Shapes } from '../model-files.ts';
import { describeEquivalence, stopwatch } from '../optimise.ts';
import { shapeOption } from '../options.ts';
import { withProgress } from '../progress.ts';
import { atNominalSizes, printSeconds } from '../stats.ts';
import { warnOfWeights } from '../warnings.ts';

type Pair = [Graph, Graph];

const help = `
Both are evaluated in float64 on generated inputs, each part that differs between values of one name and the
whole. What they may differ by follows from the rounding of the weights: eight roundings to float32, or to the
16 bits that either file keeps them in. NaN and infinity count as the same where both have them, with a
warning. The exit code is 1 where they differ.`;

/** Of what the weights of either file are kept in, where that has 16 bits. */
function coarser(a: ModelFile, b: ModelFile): Precision | undefined {
  const both = [a, b].flatMap(({ onnx }) => onnx?.precision ?? []);
  return both.toSorted((x, y) => y.unit - x.unit)[0];
}

export const verifyCommand = ({ io, answer }: Context): Command =>
  makeCommand('verify', 'check that two models compute the same', [
    'verify model.onnx fast.onnx',
    'verify model.onnx fast.onnx --shape x=1x3x224x224 --json',
  ])
    .argument('<a>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .argument('<b>', 'the other')
    .addOption(shapeOption())
    .addHelpText('after', help)
    .action(async (a: string, b: string, { shape }: { shape: Shapes }) => {
      const elapsed = stopwatch();
      const { result, files } = await withProgress(io, async (say) => {
        say('reading');
        const [first, second] = [await openModel(a, shape), await openModel(b, shape)];
        const difference = interfaceDifference(first, second);
        if (difference !== null) {
          throw new ReparamError('input', `${a} and ${b} cannot be compared: ${difference}`, b);
        }
        say('verifying');
        const onProgress = (done: number): void => say(`verifying, ${Math.floor(done * 100)} %`);
        const graphs = [first.graph, second.graph] as const;
        const symbols = graphs.map((graph) => symbolsOf(graph).join());
        // Open sizes under different names are compared at sizes that both can have.
        const [x, y] = symbols[0] === symbols[1] ? graphs : (graphs.map(atNominalSizes) as Pair);
        // Made by any tool: it may have rounded at each step, and used names again.
        const precision = coarser(first, second);
        const found = await checkEquivalence(x, y, {
          onProgress,
          roundings: 8,
          sameNames: false,
          ...(precision && { precision }),
        });
        return { result: found, files: [first, second] };
      });
      const { ok, maxAbsError, tolerance, outputScale, method } = result;
      const figures = `largest difference ${maxAbsError.toExponential(1)}, ${tolerance.toExponential(1)} allowed`;
      const of = `of values up to ${outputScale.toPrecision(3)} (${method}, ${printSeconds(elapsed())})`;
      const at = result.worst ? `, at "${result.worst.value}"` : '';
      const warnings = files.flatMap((file) =>
        warnOfWeights(io, file).map((warning) => `${file.path}: ${warning}`),
      );
      answer({
        json: { a, b, verify: describeEquivalence(result), warnings, seconds: elapsed() },
        text: `${a} and ${b} ${ok ? 'compute the same' : 'DIFFER'}: ${figures}, ${of}${at}`,
        ok,
      });
    });
