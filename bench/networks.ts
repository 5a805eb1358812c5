/** What is measured: networks in both forms, and single layers. */
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, conv2d, model, randomiseStatistics, relu, specialise } from '../src/index.ts';
import { Tensor, writeOnnx, zoo, type Graph } from '../src/index.ts';
import { constantsOf, materialise } from '../ir/index.ts';
import type { Form, ModelFile } from './protocol.ts';

export interface Case {
  /** `repvgg-a0`, `3x3 48@56`. */
  readonly name: string;
  /** Of the input, without the batch: [C,H,W]. */
  readonly image: readonly [number, number, number];
  /** In training form; a single layer has only one form, which is plain. */
  readonly build: () => Graph;
  readonly forms: readonly Form[];
}

/** `gain` times the scale of every batch normalisation: with it, the logits are around 1. */
const network = (name: 'repvgg-a0' | 'mobileone-s0', gain: number): Case => ({
  name,
  image: [3, 224, 224],
  build: () => scaleNorms(randomiseStatistics(zoo[name]()), gain),
  forms: ['plain', 'training'],
});

export const networks: readonly Case[] = [network('repvgg-a0', 1), network('mobileone-s0', 0.82)];

function scaleNorms(graph: Graph, gain: number): Graph {
  const scales = new Set(
    graph.nodes.filter(({ op }) => op === 'batchNorm').map(({ inputs }) => inputs[1]!),
  );
  const consts = Object.entries(graph.consts).map(([id, constant]) => {
    if (!scales.has(id)) return [id, constant] as const;
    const { data, shape } = materialise(constant);
    return [
      id,
      new Tensor(
        shape,
        Float32Array.from(data, (value) => gain * value),
      ),
    ] as const;
  });
  return { ...graph, consts: constantsOf(consts) };
}

interface LayerSizes {
  readonly inputs: number;
  readonly outputs: number;
  /** Of the input image, both ways. */
  readonly size: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution with bias and ReLU. */
const layer = (name: string, sizes: LayerSizes): Case => {
  const { inputs, outputs, size, kernel, stride = 1, groups = 1 } = sizes;
  const conv = conv2d(outputs, kernel, { stride, groups, padding: (kernel - 1) / 2 });
  return {
    name,
    image: [inputs, size, size],
    build: () => model(name, { x: ['N', inputs, size, size] }, ({ x }) => ({ y: relu(conv(x)) })),
    forms: ['plain'],
  };
};

export const layers: readonly Case[] = [
  layer('3x3 48@56', { inputs: 48, outputs: 48, size: 56, kernel: 3 }),
  layer('3x3 96@28', { inputs: 96, outputs: 96, size: 28, kernel: 3 }),
  layer('3x3 192@14', { inputs: 192, outputs: 192, size: 14, kernel: 3 }),
  layer('stem 3x3 3-48@224', { inputs: 3, outputs: 48, size: 224, kernel: 3, stride: 2 }),
  layer('1x1 256@14', { inputs: 256, outputs: 256, size: 14, kernel: 1 }),
  layer('depthwise 3x3 256@14', { inputs: 256, outputs: 256, size: 14, kernel: 3, groups: 256 }),
];

/** Both forms of a case for a batch, as graphs. */
export function formsOf({ build, forms }: Case, batch: number): Record<Form, Graph> {
  const training = specialise(build(), { N: batch });
  const plain = compile(training).graph;
  return { plain, training: forms.includes('training') ? training : plain };
}

/** ONNX files in a temporary folder, each written when it is first asked for. */
export interface ModelStore {
  fileOf(one: Case, form: Form, batch: number): Promise<ModelFile>;
  /** Deletes the files; so does the end of the process. */
  remove(): void;
}

export async function makeModelStore(): Promise<ModelStore> {
  const folder = await mkdtemp(join(tmpdir(), 'reparam-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const written = new Map<string, ModelFile>();
  return {
    async fileOf(one, form, batch) {
      const name = `${one.name} ${form} ${batch}`;
      const known = written.get(name);
      if (known) return known;
      const forms = formsOf(one, batch);
      for (const each of one.forms) {
        const path = join(folder, `${written.size}.onnx`);
        await writeFile(path, writeOnnx(forms[each]));
        const key = `${one.name} ${each} ${batch}`;
        written.set(key, { name: key, file: path, form: each, shape: [batch, ...one.image] });
      }
      return written.get(name)!;
    },
    remove,
  };
}
