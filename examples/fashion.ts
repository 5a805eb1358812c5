/** Three small networks trained on Fashion-MNIST, and 1,000 of its test images. */
import { readFile } from 'node:fs/promises';
import { loadStateDict, zoo, type Graph } from '../src/index.ts';

export const trained = ['repvgg-article', 'repvgg-g2', 'mobileone'] as const;
export type Trained = (typeof trained)[number];

const CLASSES = 10;

const read = async (file: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(new URL(`../test/fixtures/fashion/${file}`, import.meta.url)));

/** The network as it was trained: every branch and every BatchNorm. */
export const trainedNetwork = async (name: Trained): Promise<Graph> =>
  loadStateDict(zoo[name](), await read(`${name}.safetensors`), { what: `${name}.safetensors` });

/** [1000, 1, 28, 28], standardised as in training. */
export const images = async (): Promise<Float32Array> =>
  Float32Array.from(await read('images.u8'), (pixel) => (pixel / 255 - 0.286) / 0.353);

/** The right answers. */
export const labels = async (): Promise<Uint8Array> => read('labels.u8');

/** What PyTorch computes, [1000, 10]. */
export const pytorchLogits = async (name: Trained): Promise<Float32Array> =>
  new Float32Array((await read(`${name}.logits.f32`)).buffer);

/** The class of the greatest logit in each row of [N, 10]. */
export function answers(logits: Float32Array): number[] {
  return Array.from({ length: logits.length / CLASSES }, (_, row) => {
    const scores = logits.subarray(row * CLASSES, (row + 1) * CLASSES);
    return scores.indexOf(Math.max(...scores));
  });
}
