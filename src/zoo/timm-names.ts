/** The names that timm (PyTorch image models, `byobnet.py`) gives to RepVGG's and MobileOne's parameters. */
import { ReparamError } from '../../ir/index.ts';
import type { StateDict } from '../formats/index.ts';
import type { ZooName } from './zoo.ts';

/** A part of a block, as timm calls it, and as the authors do. */
type Parts = readonly (readonly [RegExp, string])[];

const repvggParts: Parts = [
  [/^conv_kxk\./, 'rbr_dense.'],
  [/^conv_1x1\./, 'rbr_1x1.'],
  [/^identity\./, 'rbr_identity.'],
  [/^reparam_conv\./, 'rbr_reparam.'],
];

const mobileoneParts: Parts = [
  [/^conv_kxk\.(?=\d+\.)/, 'rbr_conv.'],
  [/^conv_scale\./, 'rbr_scale.'],
  [/^identity\./, 'rbr_skip.'],
  [/^reparam_conv\./, 'reparam_conv.'],
  [/^attn\.fc1\./, 'se.reduce.'],
  [/^attn\.fc2\./, 'se.expand.'],
];

function partsOf(name: ZooName): Parts | undefined {
  if (name === 'repvgg-article') return undefined;
  return name.startsWith('repvgg') ? repvggParts : mobileoneParts;
}

/** `stages.0.1.conv_1x1.bn.bias` to `stage1.1.rbr_1x1.bn.bias`; undefined if it is none of timm's names. */
function rename(id: string, parts: Parts): string | undefined {
  const head = /^head\.fc\.(weight|bias)$/.exec(id);
  if (head) return `linear.${head[1]}`;
  const place = /^(?:stem|stages\.(\d+)\.(\d+))\.(.+)$/.exec(id);
  if (!place) return undefined;
  const [, stage, block, rest = ''] = place;
  const part = parts.find(([pattern]) => pattern.test(rest));
  if (!part) return undefined;
  const before = stage === undefined ? 'stage0' : `stage${Number(stage) + 1}.${block}`;
  return `${before}.${rest.replace(...part)}`;
}

/** Whether a state dict for that network has timm's names rather than the authors'. */
export const hasTimmNames = (name: ZooName, dict: StateDict): boolean =>
  partsOf(name) !== undefined &&
  [...dict.keys()].some((id) => /^(stem|stages|head\.fc)\./.test(id));

/**
 * A state dict with timm's names under the authors' names, which the zoo's networks have, in its order; the
 * tensors are the same. Both forms: `conv_kxk` while training, `reparam_conv` afterwards.
 *
 * Throws a `state-dict` error that lists the names that do not map, and for a network that timm has not; `what`
 * names the file in it.
 */
export function fromTimm(
  name: ZooName,
  dict: StateDict,
  options: { readonly what?: string } = {},
): StateDict {
  const { what = 'the state dict' } = options;
  const parts = partsOf(name);
  if (!parts) throw new ReparamError('state-dict', `timm has no names for ${name}`, what);
  const unknown = [...dict.keys()].filter((id) => rename(id, parts) === undefined);
  if (unknown.length > 0) {
    const list = `${unknown.length} not among timm's names: ${unknown.join(', ')}`;
    throw new ReparamError('state-dict', `${what} does not fit ${name}: ${list}`, what);
  }
  return new Map([...dict].map(([id, tensor]) => [rename(id, parts)!, tensor]));
}
