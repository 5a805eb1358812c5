/** How the command is called: help, and what is wrong usage. */
import { describe, expect, test } from 'vitest';
import { passNames } from '../../src/cli/passes.ts';
import { zooNames } from '../../src/zoo/index.ts';
import { block, reparam, reparamJson, useFolder } from './cli.ts';

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
    ['that is no model', () => folder.copy(picturePath, 'bad.onnx'), /bad\.onnx: is not an ONNX/],
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

const picturePath = new URL('../../examples/pictures/ankle-boot.png', import.meta.url).pathname;

test('a file with = in its name is no name of an input', async () => {
  const { code, err } = await reparam('run', model, '-i', folder.copy(picturePath, 'lr=0.1.png'));
  expect([code, err]).toEqual([1, expect.stringContaining('a picture is [1,1,H,W]')]);
});
