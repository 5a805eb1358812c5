/** Files with a feature each: what they compute, what is left of them, and what stays as it was. */
import { describe, expect, test } from 'vitest';
import { evaluate, graphStats, materialise, printGraph, type Graph } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { openOnnx, type OnnxFile, type OnnxModel } from '../../../src/formats/onnx/index.ts';
import { TensorProto_DataType as Type } from '../../../src/formats/onnx/schema/onnx_pb.ts';
import type { NodeProto } from '../../../src/formats/onnx/schema/onnx_pb.ts';
import { isFloatType } from '../../../src/formats/onnx/tensor-proto.ts';
import {
  featureBytes,
  featureExternal,
  featureNames,
  features,
  featureTensors,
  withStandIns,
} from '../../fixtures/onnx-features.ts';
import { expectClose } from '../../support/close.ts';
import {
  countOperator,
  decodeOnnx,
  documentationOf,
  interfaceOf,
  nodesWhere,
  operatorOf,
  opsetsOf,
} from '../../support/onnx-proto.ts';
import { runOnnx, type ExternalFiles } from '../../support/onnx-runtime.ts';

/** What no rewrite has a reason to change. */
const UNTOUCHED = ['GlobalAveragePool', 'Flatten', 'Gemm'];

const named = (holds: (facts: (typeof features)[string]) => boolean) =>
  featureNames.filter((name) => holds(features[name]!));

const toleranceOf = (name: string): number => features[name]!.tolerance ?? 1e-5;

function open(name: string, bytes: Uint8Array, files: ExternalFiles): OnnxModel {
  const external = (file: string, offset: number, length?: number) =>
    files[file]!.subarray(offset, length === undefined ? undefined : offset + length);
  return openOnnx(bytes, { what: `${name}.onnx`, external });
}

const openFeature = (name: string): OnnxModel =>
  open(name, featureBytes(name), featureExternal(name));

/** The file of the plain graph. */
function rewrite(name: string): OnnxFile {
  const model = openFeature(name);
  return model.write(compile(model.graph).graph);
}

/** The weights beside a file that was written next to the original's. */
const beside = (name: string, { external }: OnnxFile): ExternalFiles => ({
  ...featureExternal(name),
  ...(external && { [external.name]: Buffer.concat([...external.chunks]) }),
});

const reopen = (name: string, file: OnnxFile): OnnxModel =>
  open(name, file.model, beside(name, file));

const hasStandIns = (name: string) =>
  (features[name]!.opaque ?? []).some((op) => op.startsWith('com.example::'));

const runnable = (name: string, file: Uint8Array): Uint8Array =>
  hasStandIns(name) ? withStandIns(file) : file;

/** Everything about a graph, to compare. */
const describeGraph = (graph: Graph) => {
  const consts = Object.entries(graph.consts).map(([id, value]) => [id, materialise(value)]);
  return { text: printGraph(graph), consts: Object.fromEntries(consts) };
};

test.each(named(({ referee }) => referee === undefined))(
  '%s: ONNX Runtime gives the recorded outputs',
  async (name) => {
    const { inputs, outputs } = featureTensors(name);
    const bytes = runnable(name, featureBytes(name));
    expectClose(await runOnnx(bytes, inputs, featureExternal(name)), outputs, toleranceOf(name));
  },
);

test.each(named(({ opaque }) => opaque === undefined))('%s means what was recorded', (name) => {
  const { inputs, outputs } = featureTensors(name);
  const { graph, opaque } = openFeature(name);
  expect(opaque).toEqual([]);
  const tolerance = Math.min(toleranceOf(name), 1e-6);
  expectClose(evaluate(graph, inputs), outputs, tolerance);
  expectClose(evaluate(compile(graph).graph, inputs), outputs, tolerance);
});

test.each(named(({ referee }) => referee !== 'none'))(
  '%s, written plain: ONNX Runtime gives the recorded outputs',
  async (name) => {
    const { inputs, outputs } = featureTensors(name);
    const file = rewrite(name);
    const results = await runOnnx(runnable(name, file.model), inputs, beside(name, file));
    expectClose(results, outputs, toleranceOf(name));
  },
);

test.each(named(({ referee }) => referee === 'none'))(
  '%s, written plain and read, means what was recorded',
  (name) => {
    const { inputs, outputs } = featureTensors(name);
    const { graph } = reopen(name, rewrite(name));
    expectClose(evaluate(graph, inputs), outputs, toleranceOf(name));
  },
);

test.each(named(({ weights }) => weights !== undefined))('%s keeps its weights’ type', (name) => {
  const { initializer } = decodeOnnx(rewrite(name).model).graph;
  const types = initializer.map(({ dataType }) => dataType).filter(isFloatType);
  expect(new Set(types)).toEqual(new Set([Type[features[name]!.weights!]]));
});

test.each(featureNames)('%s: import, export, import is the identity', (name) => {
  const model = openFeature(name);
  const again = reopen(name, model.write(model.graph));
  expect(describeGraph(again.graph)).toEqual(describeGraph(model.graph));
});

test.each(featureNames)('%s: what no rewrite touches stays', (name) => {
  const [before, after] = [featureBytes(name), rewrite(name).model].map(decodeOnnx);
  const isUntouched = (node: NodeProto) => UNTOUCHED.includes(operatorOf(node));
  const kept = nodesWhere(before!, isUntouched);
  // A Gemm may come on top: MatMul and Add are one.
  expect(nodesWhere(after!, isUntouched)).toEqual(expect.arrayContaining(kept));
});

describe.each(featureNames)('%s', (name) => {
  const { convs, convsAfter, opaque = [] } = features[name]!;
  const before = decodeOnnx(featureBytes(name));

  test('opens', () => {
    const model = openFeature(name);
    const { inputs, outputs } = featureTensors(name);
    expect(countOperator(before, 'Conv')).toBe(convs);
    expect(graphStats(model.graph).convs).toBe(convs);
    const kept = new Set(model.opaque.map(({ op }) => op));
    expect([...kept]).toEqual(expect.arrayContaining([...opaque]));
    expect(model.inputs).toEqual(Object.keys(inputs));
    expect(model.outputs).toEqual(Object.keys(outputs));
    expect(model.opset).toBe(Number(opsetsOf(before)['']));
  });

  test('written plain, branches are merged and the rest stays as it was', () => {
    const after = decodeOnnx(rewrite(name).model);
    expect(countOperator(after, 'Conv')).toBeLessThanOrEqual(convsAfter);
    expect(countOperator(after, 'BatchNormalization')).toBe(0);
    expect(interfaceOf(after)).toEqual(interfaceOf(before));
    expect(documentationOf(after)).toEqual(documentationOf(before));
    expect(opsetsOf(after)).toEqual(expect.objectContaining(opsetsOf(before)));
    const kept = new Set(openFeature(name).opaque.flatMap(({ outputs }) => outputs));
    const isKept = ({ output }: NodeProto) => output.some((value) => kept.has(value));
    expect(nodesWhere(after, isKept)).toEqual(nodesWhere(before, isKept));
    const values = new Set(after.graph.node.flatMap(({ output }) => output));
    expect(after.graph.valueInfo.filter((value) => !values.has(value.name))).toEqual([]);
    // Before version 4 of the file format, every weight is an input.
    const inputs = new Set(after.graph.input.map((input) => input.name));
    const others = after.graph.initializer.filter((weight) => !inputs.has(weight.name));
    expect(after.irVersion < 4n ? others : []).toEqual([]);
  });

  test('what was written reads and writes as itself', () => {
    const model = openFeature(name);
    for (const file of [model.write(model.graph), rewrite(name)]) {
      const first = reopen(name, file);
      const second = reopen(name, first.write(first.graph));
      expect(describeGraph(second.graph)).toEqual(describeGraph(first.graph));
    }
  });
});
