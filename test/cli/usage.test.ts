/** How the command is called: help, and what is wrong usage. */
import { describe, expect, test } from 'vitest';
import { passNames } from '../../src/cli/passes.ts';
import { zooNames } from '../../src/zoo/index.ts';
import { block, fixture, picture, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();
const commands = ['optimize', 'verify', 'inspect', 'run', 'bench', 'convert', 'zoo', 'doctor'];

describe.each(commands)('%s', (command) => {
  const output = ['optimize', 'convert'].includes(command) ? ['-o', 'out.onnx'] : [];

  test('has help with examples', async () => {
    const { code, out, err } = await reparam(command, '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: reparam ${command}`);
    expect(out).toMatch(new RegExp(`Examples:\n {2}\\$ reparam ${command}`));
    expect(out).toContain('--json');
    expect(await reparam('help', command)).toEqual({ code, out, err });
  });

  test('refuses an option that it does not have, as JSON if asked', async () => {
    const { code, out, err } = await reparam(command, '--zork', ...output);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^reparam: unknown option '--zork'/);
    const asked = await reparamJson(command, '--zork', ...output);
    expect(asked.code).toBe(2);
    expect(asked.json).toEqual({ error: { code: 'usage', message: expect.any(String) } });
    expect(asked.err).toBe(err);
  });
});

test('the help of all lists every command and the exit codes', async () => {
  const { code, out } = await reparam('--help');
  expect(code).toBe(0);
  for (const command of commands) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  expect(out).toContain('Exit codes: 0 done; 1 refused');
});

test('the version', async () => {
  expect(await reparam('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
});

const model = block('head');
const network = fixture('onnx/mobileone.train.onnx');
const weights = fixture('fashion/repvgg-g2.safetensors');
const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no command', [], /give a command/],
  ['an unknown command', ['zork'], /unknown command 'zork'/],
  ['no model', ['optimize', '-o', 'out.onnx'], /missing required argument 'model'/],
  ['no output', ['optimize', model], /required option '-o, --output <file>' not specified/],
  ['no second model', ['verify', model], /missing required argument 'b'/],
  ['too many arguments', ['inspect', model, model], /too many arguments/],
  ['an output of no known format', ['optimize', model, '-o', 'out.txt'], /must end in .onnx or/],
  ['a shape without a name', ['inspect', model, '--shape', '1x3'], /It is INPUT=SIZES/],
  ['a shape of nothing', ['inspect', model, '--shape', 'x='], /It is INPUT=SIZES/],
  ['a size of zero', ['inspect', model, '--shape', 'x=1x0'], /The size '0' of "x"/],
  ['a size below zero', ['inspect', model, '--shape', 'x=1x-3'], /The size '-3' of "x"/],
  ['a size beyond all sense', ['inspect', model, '--shape', 'x=99999999999'], /The size '9/],
  [
    'two shapes of one input',
    ['inspect', model, '--shape', 'x=1', '--shape', 'x=2'],
    /"x" has two shapes/,
  ],
  [
    'an unknown pass',
    ['optimize', model, '-o', 'out.onnx', '--passes', 'fold-bn,zork'],
    new RegExp(`no pass 'zork'; there are ${passNames.join(', ')}`),
  ],
  [
    'an unknown architecture',
    ['convert', '--arch', 'vgg', '-o', 'out.onnx'],
    new RegExp(`no such architecture; there are ${zooNames.join(', ')}`),
  ],
  ['neither file nor architecture', ['convert', '-o', 'out.onnx'], /give a file, or --arch NAME/],
  ['rounds that are no number', ['bench', model, '--rounds', 'many'], /whole number from 1/],
  ['no classes', ['run', model, '--top', '0'], /whole number from 1/],
  ['a mean that is no number', ['run', model, '--mean', '1,,2'], /one for each channel/],
  ['a deviation of zero', ['run', model, '--std', '0'], /--std must be above 0/],
  [
    'an input of no such name',
    ['run', model, '-i', 'zork=a.png'],
    /there is no input "zork"; it has input/,
  ],
  [
    'an output of no such name',
    ['run', model, '-i', 'a.npy', '-o', 'zork=a.npy'],
    /there is no output "zork"; it has output/,
  ],
  [
    'the architecture of a model',
    ['convert', '--arch', 'repvgg-a0', model, '-o', 'out.onnx'],
    /is an ONNX model, not a checkpoint; leave out --arch/,
  ],
  [
    'an entry without a checkpoint',
    ['convert', '--arch', 'mobileone', '--entry', 'ema', '-o', 'out.onnx'],
    /--entry says where .*; give its file, or leave out --entry/,
  ],
  [
    'an entry of a model',
    ['convert', model, '--entry', 'ema', '-o', 'out.onnx'],
    /--entry says where .*; give --arch NAME, too/,
  ],
  [
    'an entry of what has none',
    ['convert', '--arch', 'repvgg-g2', weights, '--entry', 'ema', '-o', 'out.onnx'],
    /--entry says where .*; .*repvgg-g2\.safetensors has no entries/,
  ],
  [
    'a shape of what is no input',
    ['inspect', model, '--shape', 'x=1x3'],
    /--shape does not fit: .*head\.onnx: there is no input "x" .*; it has "input"/,
  ],
  [
    'a shape of too few sizes',
    ['run', network, '-i', picture, '--shape', 'input=1x28'],
    /--shape does not fit: .* the input "input" is \[batch,1,28,28\] in the file, which \[1,28\]/,
  ],
  [
    'a shape that a layer cannot take',
    ['verify', network, network, '--shape', 'input=1x3x28x28'],
    /--shape does not fit: .*\n {2}Conv "\/stage0\/rbr_scale\/conv\/Conv": x \[1,3,28,28\] has 3 channels/,
  ],
  [
    'a shape of what is no input of a network',
    ['convert', '--arch', 'mobileone', '-o', 'out.onnx', '--shape', 'y=1x1x28x28'],
    /the input of mobileone is x, not 'y'/,
  ],
  [
    'a shape that a network cannot take',
    ['convert', '--arch', 'mobileone', '-o', 'out.onnx', '--shape', 'x=1x3'],
    /--shape does not fit: conv2d "stage0.rbr_scale.conv": x must have 4 dimensions/,
  ],
  [
    'a shape that a network with weights cannot take',
    ['convert', '--arch', 'repvgg-g2', weights, '-o', 'out.onnx', '--shape', 'x=1x3'],
    /--shape does not fit: .* x must have 4 dimensions/,
  ],
  [
    'means of another number of channels',
    ['run', network, '-i', picture, '--imagenet'],
    /--mean has 3 numbers, and the model takes 1 channel/,
  ],
  [
    'deviations of another number of channels',
    ['run', network, '-i', picture, '--std', '1,2'],
    /--std has 2 numbers, and the model takes 1 channel/,
  ],
  ['several scales', ['run', network, '-i', picture, '--scale', '1,2'], /It is one number\.$/m],
  ['a scale that is no number', ['run', network, '--scale', 'abc'], /It is one number\.$/m],
  ['a way to resize that there is not', ['run', model, '--resize', 'zoom'], /Allowed choices/],
];

test.each(wrong)('%s is wrong usage', async (_, args, message) => {
  const { code, out, err } = await reparam(...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(message);
  expect(err).toMatch(/^reparam: /m);
  expect(err).not.toMatch(/^ +at /m);
});

const models = ['optimize', 'verify', 'inspect', 'run', 'bench', 'convert'];
const argumentsFor = (command: string, file: string): string[] => [
  command,
  file,
  ...(command === 'verify' ? [file] : []),
  ...(command === 'optimize' || command === 'convert' ? ['-o', folder.path('out.onnx')] : []),
];

describe.each(models)('%s of a file', (command) => {
  test.each([
    [
      'that is not there',
      () => folder.path('no.onnx'),
      /cannot read .*no\.onnx: there is no such file/,
    ],
    ['that is no model', () => folder.copy(picture, 'bad.onnx'), /bad\.onnx: is not an ONNX/],
    ['that is a checkpoint', () => folder.path('a.pth'), /a\.pth is a checkpoint, .* --arch NAME/],
    ['that is a folder', () => folder.path(''), /cannot read .*: it is a folder/],
  ])('%s', async (_, make, message) => {
    const file = make();
    const before = folder.files();
    const { code, out, err } = await reparam(...argumentsFor(command, file));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
    expect(err.startsWith('reparam: ')).toBe(true);
    expect(err).not.toMatch(/^ +at /m);
    const { json } = await reparamJson(...argumentsFor(command, file));
    expect(json).toEqual({ error: { code: 'file', message: expect.any(String), subject: file } });
    expect(folder.files()).toEqual(before);
  });
});

test("a shape of an input of reparam's own form", async () => {
  const own = folder.path('own.safetensors');
  await reparam('convert', '--arch', 'mobileone', '-o', own, '--shape', 'x=N,1,28,28');
  for (const [shape, message] of [
    ['y=1x1x28x28', /--shape does not fit: .*: there is no input "y" .*; it has "x"/],
    ['x=1x1x28x27', /--shape does not fit: .* "x" is \[N,1,28,28\] and cannot be \[1,1,28,27\]/],
  ] as const) {
    const { code, err } = await reparam('inspect', own, '--shape', shape);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  }
  // What is wrong is the file, whatever is said of it.
  const broken = folder.copy(picture, 'broken.safetensors');
  expect((await reparam('inspect', broken, '--shape', 'y=1')).code).toBe(1);
});

test('a file with = in its name is no name of an input', async () => {
  const { code, err } = await reparam('run', model, '-i', folder.copy(picture, 'lr=0.1.png'));
  expect([code, err]).toEqual([1, expect.stringContaining('a picture is [1,1,H,W]')]);
});
