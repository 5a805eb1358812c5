/** What a user can do about a rewrite that was refused, by the condition that failed. */

const share =
  'If the other reader can be given a copy of the layer, or is not needed, it merges; otherwise it costs one layer that stays.';
const activated =
  'An activation is not linear, so nothing after it can be merged into what is before it. Where you can train again, move the activation behind the normalisation or the sum.';
const perChannel =
  'Only a constant of shape [C,1,1], one value for each output channel, can go into the weights. A constant of another shape stays an operation of its own.';
const costs =
  'Merging is possible, but what comes of it would take longer than the branches (the figures are multiply-adds, bytes and kernel starts). Nothing needs to be done.';

export const remedies: Readonly<Record<string, string>> = {
  'an operand is broadcast':
    'Branches of a sum must have one shape. If the smaller operand is a constant, export it with one value for each channel, [C,1,1], right after a convolution; then it becomes its bias.',
  'the sum is activated': activated,
  'the inner sum is activated': activated,
  'the inner sum has another user':
    'The inner sum is needed as it is, so the two sums stay apart; its own branches still merge.',
  'the convolution is already activated': activated,
  'the convolution has another user, which needs it as it is': share,
  'the factor is not one per channel': perChannel,
  'the term is not one per channel': perChannel,
  'the node before it is already activated':
    'A kernel applies one activation; the second runs by itself, which is right and costs little. If one of the two is superfluous, remove it from the model.',
  'the value before the activation has another user':
    'Both the activated value and the one before are needed, so the activation runs by itself. Nothing needs to be done.',
  'the branch is not the tensor that the convolution reads, nor its BatchNorm or per-channel scale':
    'A skip connection around several layers, or past an activation, is no branch of one layer and has to stay, as in any ResNet. If it was meant to skip this convolution only, let both read the same tensor.',
  'the convolution has a stride, which the branch has not':
    'The two take different pixels of the input. A branch beside a strided convolution merges if it is a 1x1 convolution of the same stride.',
  'the convolution is activated before the sum': activated,
  'the merged convolution would cost more than its parts': costs,
  'the branches read different tensors':
    'Only convolutions of the same tensor can be added up. If their inputs are equal by value, make the model read one of them in both places; a residual connection has to stay.',
  'the branches have different strides':
    'They look at different pixels. Give both convolutions the same stride if the model can be trained again.',
  'the branches are padded with different values':
    'Pad both with the same value, as a rule zero, or pad the tensor once before the branches.',
  'a branch is activated before the sum': activated,
};

/** For the reason in an event, in which figures may follow the condition. */
export function remedyFor(why: string): string {
  const condition = Object.keys(remedies).find(
    (sentence) => why === sentence || why.startsWith(`${sentence}: `),
  );
  return condition === undefined ? '' : remedies[condition]!;
}
