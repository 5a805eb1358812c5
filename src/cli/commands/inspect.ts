/** `reparam inspect`: what is in a model file. */
import type { Command } from 'commander';
import { nodeCost, printGraph, printShape, view, type Node } from '../../../ir/index.ts';
import type { View } from '../../../ir/index.ts';
import type { Precision } from '../../equivalence/index.ts';
import { makeCommand, type Context } from '../answer.ts';
import { nodesOfUnknownSizes } from '../../known-sizes.ts';
import { openModel, type ModelFile, type Shapes } from '../model-files.ts';
import { listOpaque } from '../opaque-text.ts';
import { shapeOption } from '../options.ts';
import { portsOf, printPorts } from '../ports.ts';
import { withProgress } from '../progress.ts';
import {
  atKnownSizes,
  printBytes,
  printCount,
  printTotals,
  printUncounted,
  statsOf,
} from '../stats.ts';
import { printTable } from '../../table.ts';
import { warnOfWeights } from '../warnings.ts';

export const inspectCommand = ({ io, answer }: Context): Command =>
  makeCommand('inspect', 'list the nodes of a model, with shapes, parameters and multiply-adds', [
    'inspect model.onnx',
    'inspect model.onnx --text',
    'inspect model.onnx --shape x=1x3x224x224 --json',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .option('--text', "print the graph in reparam's text form instead; with --json, besides")
    .addOption(shapeOption())
    .addHelpText('after', '\nSizes that the file leaves open count as a batch of 1 and 224 pixels.')
    .action(async (path: string, options: { shape: Shapes; text?: boolean }) => {
      const file = await withProgress(io, async (say) => {
        say(`reading ${path}`);
        return openModel(path, options.shape);
      });
      const text = printText(file);
      const warnings = warnOfWeights(io, file);
      answer({
        json: { ...describe(file, warnings), ...(options.text && { text }) },
        text: options.text ? text.trimEnd() : print(file),
      });
    });

/** What it takes and returns besides, of nodes that are not in it, would be taken for the file's own. */
function printText(file: ModelFile): string {
  const text = printGraph(file.graph);
  if (file.opaque.length === 0) return text;
  const lines = ['the file:', ...printPorts(portsOf(file)), 'what reparam knows of it:'];
  return [...lines.map((line) => `// ${line}`), text].join('\n');
}

/** Elements of the constants that the node reads. */
const paramsOf = (node: Node, g: View): number =>
  node.inputs.reduce((sum, id) => {
    const constant = id === null ? undefined : g.constant(id);
    return sum + (constant ? constant.shape.reduce((a, b) => a * b, 1) : 0);
  }, 0);

function describeNodes({ graph, opaque }: ModelFile) {
  const fixed = atKnownSizes(graph, opaque);
  const unknown = nodesOfUnknownSizes(fixed, opaque);
  const g = view(fixed);
  return graph.nodes.map((node, i) => {
    const { macs } = nodeCost(fixed.nodes[i]!, g.shape);
    return {
      op: node.op,
      name: node.id,
      output: node.outputs[0].shape,
      params: paramsOf(node, g),
      /** Null where sizes are not known. */
      macs: macs > 0 && unknown.has(node.id) ? null : macs,
    };
  });
}

function describe(file: ModelFile, warnings: readonly string[]) {
  const { path, bytes, graph, opaque, onnx } = file;
  return {
    file: path,
    bytes,
    ...(onnx && { opset: onnx.opset }),
    ...portsOf(file),
    totals: statsOf(graph, opaque),
    nodes: describeNodes(file),
    opaque,
    warnings,
  };
}

/** 2^-11 is half of the last of float16's 11 digits; bfloat16 has 8. */
const printPrecision = ({ unit }: Precision): string =>
  `weights are ${unit === 2 ** -11 ? 'float16' : 'bfloat16'} in the file; computed in float32`;

function print(file: ModelFile): string {
  const { path, bytes, graph, opaque, onnx } = file;
  const nodes = describeNodes(file).map(({ op, name, output, params, macs }) => [
    op,
    name,
    printShape(output),
    params === 0 ? '' : printCount(params),
    macs === 0 ? '' : macs === null ? 'unknown' : printCount(macs),
  ]);
  const header = ['op', 'name', 'output', 'parameters', 'multiply-adds'];
  const stats = statsOf(graph, opaque);
  const uncounted = printUncounted(opaque.length, stats);
  const unknown = listOpaque(opaque)
    .map((line) => `\n${line}`)
    .join('');
  return [
    `${path} (${printBytes(bytes)}${onnx ? `, opset ${onnx.opset}` : ''})`,
    ...printPorts(portsOf(file)),
    ...(onnx?.precision ? [printPrecision(onnx.precision)] : []),
    '',
    printTable([header, ...nodes], ['left', 'left', 'left', 'right', 'right']),
    '',
    printTotals(stats),
    ...(uncounted === null ? [] : ['', uncounted]),
    ...(unknown === '' ? [] : [`\nnot known to reparam, kept by optimize:${unknown}`]),
  ].join('\n');
}
