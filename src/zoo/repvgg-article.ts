/**
 * The RepVGG of the tutorial "Implementing RepVGG in PyTorch" (F. S. Zuppichini, 2022), whose blocks
 * name their parts differently from the authors' code.
 */
import type { Graph } from '../../ir/index.ts';
import { batchNorm, branches, conv2d, flatten, globalAveragePool } from '../model/index.ts';
import { linear, model, named, relu, sequential, type Layer } from '../model/index.ts';
import { stageStrides, type ZooOptions } from './options.ts';

const convBn = (out: number, kernel: number, stride: number): Layer =>
  sequential([
    conv2d(out, kernel, { stride, padding: (kernel - 1) / 2, bias: false }),
    batchNorm(),
  ]);

const block =
  (out: number, stride: number, deploy: boolean): Layer =>
  (x) => {
    if (deploy) return relu(named('conv', conv2d(out, 3, { stride, padding: 1 }))(x));
    const keepsShape = stride === 1 && x.channels === out;
    const sum = branches({
      block: convBn(out, 3, stride),
      shortcut: convBn(out, 1, stride),
      identity: keepsShape && batchNorm(),
    });
    return relu(sum(x));
  };

const widths = [16, 32, 64, 128];
const depths = [1, 2, 2, 2];

/**
 * Four stages, each of which halves the image. By default for Fashion-MNIST: input `x` [N, 1, 28, 28],
 * output `logits` [N, 10].
 */
export function repvggArticle(options: ZooOptions = {}): Graph {
  const { deploy = false, classes = 10, input = ['N', 1, 28, 28], seed = 0 } = options;
  const stages = widths.map((width, i) =>
    sequential(stageStrides(depths[i]!).map((stride) => block(width, stride, deploy))),
  );
  const net = sequential({
    stages: sequential(stages),
    gap: globalAveragePool,
    flatten,
    head: linear(classes),
  });
  return model('repvgg-article', { x: input }, ({ x }) => ({ logits: net(x) }), { seed });
}
