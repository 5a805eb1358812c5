/** The authors' names to timm's: the other way than `fromTimm`, written from timm's state dicts. */
import type { StateDict } from '../../src/formats/index.ts';

const words: Readonly<Record<string, string>> = {
  rbr_dense: 'conv_kxk',
  rbr_1x1: 'conv_1x1',
  rbr_identity: 'identity',
  rbr_reparam: 'reparam_conv',
  rbr_conv: 'conv_kxk',
  rbr_scale: 'conv_scale',
  rbr_skip: 'identity',
  se: 'attn',
  reduce: 'fc1',
  expand: 'fc2',
  linear: 'head.fc',
  stage0: 'stem',
};

const toTimmName = (name: string): string =>
  name
    .split('.')
    .map((word) => words[word] ?? word)
    .join('.')
    .replace(/^stage(\d)/, (_, stage: string) => `stages.${Number(stage) - 1}`);

export const toTimm = (dict: StateDict): StateDict =>
  new Map([...dict].map(([name, tensor]) => [toTimmName(name), tensor]));
