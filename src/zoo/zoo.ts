/** All networks by name. */
import type { Graph } from '../../ir/index.ts';
import { buildMobileone, mobileone, type MobileoneVariant } from './mobileone.ts';
import type { ZooOptions } from './options.ts';
import { buildRepvgg, repvgg, type RepvggVariant } from './repvgg.ts';
import { repvggArticle } from './repvgg-article.ts';

const repvggOf = (variant: RepvggVariant) => (options?: ZooOptions) => repvgg(variant, options);
const mobileoneOf = (variant: MobileoneVariant) => (options?: ZooOptions) =>
  mobileone(variant, options);

/** What the small networks were trained on: Fashion-MNIST (Xiao et al. 2017), standardised pixels. */
const fashion: ZooOptions = { input: ['N', 1, 28, 28], classes: 10 };

/** `zoo['repvgg-a0']({ deploy: true })`. Every network takes `x` [N, C, H, W] and gives `logits` [N, classes]. */
export const zoo = {
  'repvgg-a0': repvggOf('A0'),
  'repvgg-a1': repvggOf('A1'),
  'repvgg-a2': repvggOf('A2'),
  'repvgg-b0': repvggOf('B0'),
  'repvgg-b1': repvggOf('B1'),
  'repvgg-b1g2': repvggOf('B1g2'),
  'repvgg-b1g4': repvggOf('B1g4'),
  'repvgg-b2': repvggOf('B2'),
  'repvgg-b2g2': repvggOf('B2g2'),
  'repvgg-b2g4': repvggOf('B2g4'),
  'repvgg-b3': repvggOf('B3'),
  'repvgg-b3g2': repvggOf('B3g2'),
  'repvgg-b3g4': repvggOf('B3g4'),
  'mobileone-s0': mobileoneOf('S0'),
  'mobileone-s1': mobileoneOf('S1'),
  'mobileone-s2': mobileoneOf('S2'),
  'mobileone-s3': mobileoneOf('S3'),
  'mobileone-s4': mobileoneOf('S4'),
  /** The small networks, for which there are trained parameters. */
  'repvgg-article': repvggArticle,
  'repvgg-g2': (options?: ZooOptions) =>
    buildRepvgg(
      'repvgg-g2',
      {
        stem: 16,
        widths: [32, 64, 96],
        depths: [2, 3, 1],
        groupsOf: (place) => (place === 2 || place === 4 ? 2 : 1),
      },
      { ...fashion, ...options },
    ),
  mobileone: (options?: ZooOptions) =>
    buildMobileone(
      'mobileone',
      { stem: 16, widths: [32, 64, 128], depths: [2, 3, 1], copies: 3 },
      { ...fashion, ...options },
    ),
} as const satisfies Readonly<Record<string, (options?: ZooOptions) => Graph>>;

export type ZooName = keyof typeof zoo;
export const zooNames = Object.keys(zoo) as ZooName[];
