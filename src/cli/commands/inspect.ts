/** `reparam inspect`: what is in a model file. */
import type { Command } from 'commander';
import { nodeCost, printGraph, printShape, printType, view, type Node } from '../../../ir/index.ts';
import type { View } from '../../../ir/index.ts';
import { makeCommand, type Context } from '../answer.ts';
import { openModel, type ModelFile, type Shapes } from '../model-files.ts';
import { shapeOption } from '../options.ts';
import { withProgress } from '../progress.ts';
import { atNominalSizes, printBytes, printCount, statLabels, statsOf } from '../stats.ts';
import type { Stats } from '../stats.ts';
import { printTable } from '../table.ts';

export const inspectCommand = ({ io, answer }: Context): Command =>
  makeCommand('inspect', 'list the nodes of a model, with shapes, parameters and multiply-adds', [
    'inspect model.onnx',
    'inspect model.onnx --text',
    'inspect model.onnx --shape x=1x3x224x224 --json',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .option('--text', "print the graph in reparam's text form instead")
    .addOption(shapeOption())
    .addHelpText('after', '\nSizes that the file leaves open count as a batch of 1 and 224 pixels.')
    .action(async (path: string, options: { shape: Shapes; text?: boolean }) => {
      const file = await withProgress(io, async (say) => {
        say(`reading ${path}`);
        return openModel(path, options.shape);
      });
      const text = printGraph(file.graph);
      answer({
        json: { ...describe(file), ...(options.text && { text }) },
        text: options.text ? text.trimEnd() : print(file),
      });
    });

/** Elements of the constants that the node reads. */
const paramsOf = (node: Node, g: View): number =>
  node.inputs.reduce((sum, id) => {
    const constant = id === null ? undefined : g.constant(id);
    return sum + (constant ? constant.shape.reduce((a, b) => a * b, 1) : 0);
  }, 0);

function describeNodes(file: ModelFile) {
  const fixed = atNominalSizes(file.graph);
  const g = view(fixed);
  return file.graph.nodes.map((node, i) => ({
    op: node.op,
    name: node.id,
    output: node.outputs[0].shape,
    params: paramsOf(node, g),
    macs: nodeCost(fixed.nodes[i]!, g.shape).macs,
  }));
}

function describe(file: ModelFile) {
  const { path, bytes, graph, opaque, onnx } = file;
  const g = view(graph);
  return {
    file: path,
    bytes,
    ...(onnx && { opset: onnx.opset }),
    inputs: graph.inputs.map(({ id, dtype, shape }) => ({ name: id, dtype, shape })),
    outputs: graph.outputs.map(({ name, value }) => {
      const { dtype, shape } = g.value(value);
      return { name, dtype, shape };
    }),
    totals: statsOf(graph, opaque),
    nodes: describeNodes(file),
    opaque,
  };
}

function print(file: ModelFile): string {
  const { path, bytes, graph, opaque, onnx } = file;
  const g = view(graph);
  const nodes = describeNodes(file).map(({ op, name, output, params, macs }) => [
    op,
    name,
    printShape(output),
    params === 0 ? '' : printCount(params),
    macs === 0 ? '' : printCount(macs),
  ]);
  const header = ['op', 'name', 'output', 'parameters', 'multiply-adds'];
  const totals = Object.entries(statsOf(graph, opaque)).map(([key, count]) => [
    statLabels[key as keyof Stats],
    printCount(count as number),
  ]);
  const unknown = opaque.map(({ op, name, why }) => `\n  ${op} "${name}": ${why}`).join('');
  const ports = [
    ...graph.inputs.map((input) => `input  ${input.id} ${printType(input)}`),
    ...graph.outputs.map(({ name, value }) => `output ${name} ${printType(g.value(value))}`),
  ];
  return [
    `${path} (${printBytes(bytes)}${onnx ? `, opset ${onnx.opset}` : ''})`,
    ...ports,
    '',
    printTable([header, ...nodes], ['left', 'left', 'left', 'right', 'right']),
    '',
    printTable(totals, ['left', 'right']),
    ...(unknown === '' ? [] : [`\nnot known to reparam, kept by optimize:${unknown}`]),
  ].join('\n');
}
