/** `reparam zoo`: the architectures that `convert` knows. */
import type { Command } from 'commander';
import { printShape } from '../../../ir/index.ts';
import { zoo, zooNames } from '../../zoo/index.ts';
import { makeCommand, type Context } from '../answer.ts';
import { printCount, statsOf } from '../stats.ts';
import { printTable } from '../../table.ts';

export const zooCommand = ({ answer }: Context): Command =>
  makeCommand('zoo', 'list the architectures whose checkpoints can be converted', [
    'zoo',
    'zoo --json',
    'convert --arch repvgg-a0 RepVGG-A0-train.pth -o repvgg-a0.onnx',
  ]).action(() => {
    const networks = zooNames.map((name) => {
      const [training, plain] = [zoo[name](), zoo[name]({ deploy: true })];
      return {
        name,
        input: training.inputs[0]!.shape,
        training: statsOf(training),
        plain: statsOf(plain),
      };
    });
    const header = [
      'name',
      'input',
      'parameters',
      'plain',
      'convolutions',
      'plain',
      'multiply-adds',
      'plain',
    ];
    const rows = networks.map(({ name, input, training, plain }) => [
      name,
      printShape(input),
      ...[
        training.params,
        plain.params,
        training.convs,
        plain.convs,
        training.macs,
        plain.macs,
      ].map(printCount),
    ]);
    const sides = header.map((_, i) => (i < 2 ? 'left' : 'right'));
    answer({ json: { networks }, text: printTable([header, ...rows], sides) });
  });
