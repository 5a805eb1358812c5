/** Files with a feature each: what they compute, what is left of them, and what stays as it was. */
import { describe, expect, test } from 'vitest';
import { evaluate, graphStats, materialise, printGraph, type Graph } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { openOnnx, type OnnxFile, type OnnxModel } from '../../../src/formats/onnx/index.ts';
import { TensorProto_DataType as Type } from '../../../src/formats/onnx/schema/onnx_pb.ts';
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
  nodesOf,
  opsetsOf,
} from '../../support/onnx-proto.ts';
import { runOnnx, type ExternalFiles } from '../../support/onnx-runtime.ts';

const FLOAT32 = 1e-5;

/** What no rewrite has a reason to change. */
const UNTOUCHED = ['GlobalAveragePool', 'Flatten', 'Gemm'];

function open(what: string, bytes: Uint8Array, files: ExternalFiles): OnnxModel {
  const external = (name: string, offset: number, length?: number) => {
    const data = files[name]!;
    return data.subarray(offset, length === undefined ? data.length : offset + length);
  };
  return openOnnx(bytes, { what: `${what}.onnx`, external });
}

/** Everything that lies beside a file that was written over one with these files. */
function beside({ external }: OnnxFile, files: ExternalFiles): ExternalFiles {
  return external ? { ...files, [external.name]: Buffer.concat([...external.chunks]) } : files;
}

const describeGraph = (graph: Graph) => ({
  text: printGraph(graph),
  consts: Object.fromEntries(
    Object.entries(graph.consts).map(([id, constant]) => [id, materialise(constant)]),
  ),
});

describe.each(featureNames)('%s', (name) => {
  const facts = features[name]!;
  const opaque = facts.opaque ?? [];
  const bytes = featureBytes(name);
  const files = featureExternal(name);
  const { inputs, outputs } = featureTensors(name);
  const tolerance = facts.tolerance ?? FLOAT32;
  const runnable = (file: Uint8Array) =>
    opaque.some((op) => op.startsWith('com.example::')) ? withStandIns(file) : file;
  const opened = () => open(name, bytes, files);
  const rewritten = () => {
    const model = opened();
    const plain = compile(model.graph).graph;
    return { model, plain, file: model.write(plain) };
  };

  if (facts.referee === undefined) {
    test('ONNX Runtime gives the recorded outputs', async () => {
      expectClose(await runOnnx(runnable(bytes), inputs, files), outputs, tolerance);
    });
  }

  test('opens, and means what was recorded', () => {
    const { graph, opaque: kept, ...model } = opened();
    const declared = decodeOnnx(bytes);
    expect(countOperator(declared, 'Conv')).toBe(facts.convs);
    expect(graphStats(graph).convs).toBe(facts.convs);
    expect(new Set(kept.map(({ op }) => op))).toEqual(new Set(opaque));
    expect(model.inputs).toEqual(Object.keys(inputs));
    expect(model.outputs).toEqual(Object.keys(outputs));
    expect(model.opset).toBe(Number(opsetsOf(declared)['']));
    if (kept.length > 0) return;
    const exact = Math.min(tolerance, 1e-6);
    expectClose(evaluate(graph, inputs), outputs, exact);
    expectClose(evaluate(compile(graph).graph, inputs), outputs, exact);
  });

  test('written plain, it gives the recorded outputs', async () => {
    const { file } = rewritten();
    const model = decodeOnnx(file.model);
    expect(countOperator(model, 'Conv')).toBeLessThanOrEqual(facts.convsAfter);
    expect(countOperator(model, 'BatchNormalization')).toBe(0);
    if (facts.referee === 'none') {
      const { graph } = open(name, file.model, beside(file, files));
      expectClose(evaluate(graph, inputs), outputs, tolerance);
    } else {
      const all = beside(file, files);
      expectClose(await runOnnx(runnable(file.model), inputs, all), outputs, tolerance);
    }
  });

  test('written plain, the rest stays as it was', () => {
    const [before, after] = [decodeOnnx(bytes), decodeOnnx(rewritten().file.model)];
    expect(interfaceOf(after)).toEqual(interfaceOf(before));
    expect(documentationOf(after)).toEqual(documentationOf(before));
    expect(opsetsOf(after)).toEqual(expect.objectContaining(opsetsOf(before)));
    const kept = [...UNTOUCHED, ...opaque];
    expect(nodesOf(after, kept)).toEqual(nodesOf(before, kept));
    const values = new Set(after.graph.node.flatMap(({ output }) => output));
    for (const value of after.graph.valueInfo) expect(values).toContain(value.name);
    if (facts.weights !== undefined) {
      const types = after.graph.initializer.map(({ dataType }) => dataType).filter(isFloatType);
      expect(new Set(types)).toEqual(new Set([Type[facts.weights]]));
    }
    // Before version 4 of the file format, every weight is an input.
    if (after.irVersion >= 4n) return;
    const names = after.graph.input.map((input) => input.name);
    for (const weight of after.graph.initializer) expect(names).toContain(weight.name);
  });

  test('import, export, import is the identity', () => {
    const { model, file } = rewritten();
    const same = model.write(model.graph);
    const again = open(name, same.model, beside(same, files));
    expect(describeGraph(again.graph)).toEqual(describeGraph(model.graph));
    const plain = open(name, file.model, beside(file, files));
    const twice = plain.write(plain.graph);
    const back = open(name, twice.model, beside(twice, files));
    expect(describeGraph(back.graph)).toEqual(describeGraph(plain.graph));
  });
});
