import { expect, test } from 'vitest';
import type { Graph } from '../../ir/index.ts';
import { compile } from '../../src/compile.ts';
import { loadStateDict, serialiseSafetensors, stateDict } from '../../src/formats/index.ts';
import type { StateDict } from '../../src/formats/index.ts';
import { deployStateDict, loadCheckpoint, zoo } from '../../src/zoo/index.ts';
import { trainedNames, trainedWeights } from '../fixtures/fashion.ts';
import { dict, pickle, tensor, text } from '../formats/pytorch/make-pickle.ts';
import { zipFile } from '../formats/pytorch/make-zip.ts';
import { errorOf } from '../support/errors.ts';
import { toTimm } from '../support/timm.ts';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** As torch.save writes it, each tensor in a storage of its own. */
function pytorchFile(state: StateDict, prefix = ''): Uint8Array {
  const named = [...state].map(([name, { shape, data }], i) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const part = tensor(shape, strides, { key: String(i), size: data.length });
    return [`${prefix}${name}`, part] as const;
  });
  const wrapped = pickle(dict(['epoch', text('3')], ['state_dict', dict(...named)]));
  const storages = [...state.values()].map(
    ({ data }, i) => [`m/data/${i}`, bytesOf(data)] as const,
  );
  return zipFile([['m/data.pkl', wrapped], ...storages]);
}

function expectSame(actual: Graph, expected: Graph) {
  expect(actual.nodes).toEqual(expected.nodes);
  const [states, wanted] = [stateDict(actual), stateDict(expected)];
  expect([...states.keys()]).toEqual([...wanted.keys()]);
  for (const [name, { shape, data }] of wanted) {
    const found = states.get(name)!;
    expect(found.shape).toEqual(shape);
    // Bytes compare faster than elements.
    expect(Buffer.compare(bytesOf(found.data), bytesOf(data))).toBe(0);
  }
}

test.each(trainedNames)('%s as trained and deployed, in every form of file', (name) => {
  const trained = loadStateDict(zoo[name](), trainedWeights(name));
  const deployed = deployStateDict(name, compile(trained).graph);
  const plain = loadStateDict(zoo[name]({ deploy: true }), deployed);
  for (const graph of [trained, plain]) {
    const state = stateDict(graph);
    expectSame(loadCheckpoint(name, serialiseSafetensors(state)), graph);
    expectSame(loadCheckpoint(name, pytorchFile(state, 'module.')), graph);
    if (name === 'repvgg-article') continue;
    expectSame(loadCheckpoint(name, serialiseSafetensors(toTimm(state))), graph);
    expectSame(loadCheckpoint(name, pytorchFile(toTimm(state))), graph);
  }
});

test('the classes are those of the file, the input is as asked for', () => {
  const input = ['N', 3, 64, 64] as const;
  const graph = zoo['mobileone-s0']({ classes: 3, input, deploy: true });
  const state = serialiseSafetensors(toTimm(stateDict(graph)));
  expectSame(loadCheckpoint('mobileone-s0', state, { input }), graph);
});

test('what does not fit is told of the likeliest form', () => {
  const state = new Map(stateDict(zoo['repvgg-g2']({ deploy: true })));
  state.delete('linear.bias');
  state.set('odd', state.get('linear.weight')!);
  const fault = (file: Uint8Array) =>
    errorOf(() => loadCheckpoint('repvgg-g2', file, { what: 'g2.pt' }));
  expect(fault(serialiseSafetensors(state))).toMatchInlineSnapshot(`
    "state-dict of g2.pt: g2.pt does not fit the graph "repvgg-g2":
      1 missing: linear.bias [10]
      1 unexpected: odd [10,96]"
  `);
  expect(fault(pytorchFile(toTimm(state)))).toMatchInlineSnapshot(
    `"state-dict of g2.pt: g2.pt does not fit repvgg-g2: 1 not among timm's names: odd"`,
  );
  expect(fault(new Uint8Array(3))).toMatchInlineSnapshot(
    `"file of g2.pt: g2.pt: 3 bytes are too few for a header"`,
  );
  const unknown = errorOf(() => loadCheckpoint('mobileone', trainedWeights('repvgg-g2')));
  expect(unknown).toMatch('the checkpoint does not fit the graph "mobileone":');
});
