import { expect, test } from 'vitest';
import { parseCheckpoint } from '../../../src/formats/index.ts';
import { errorOf } from '../../support/errors.ts';
import { dict, four, global, int, pickle, reduce, storage } from './make-pickle.ts';
import { tensor, text, tuple, u32, u64 } from './make-pickle.ts';
import { zipFile } from './make-zip.ts';

type Part = Parameters<typeof pickle>[0];

const fileWith = (...parts: Part[]) =>
  zipFile([
    ['m/data.pkl', pickle(...parts)],
    ['m/data/0', four],
  ]);
const parse = (...parts: Part[]) => parseCheckpoint(fileWith(...parts), { what: 'm.pt' });
const fault = (...parts: Part[]) =>
  errorOf(() => parse(...parts)).replace('file of m.pt: m.pt: ', '');
const dataOf = (...parts: Part[]) => [...parse(...parts).tensors.get('a')!.data];

const good = tensor([4], [1]);

test('nothing that a pickle names is run', () => {
  const shell = reduce(global('os', 'system'), text('touch /tmp/owned'));
  const evaluate = reduce(global('builtins', 'eval'), text('1/0'));
  expect(fault(shell)).toMatchInlineSnapshot(
    `"holds an object of "os.system", not parameters; in Python, save model.state_dict() instead"`,
  );
  expect(fault(dict(['a', tensor([4], [1])]), reduce(global('os', 'system'), text('x')))).toMatch(
    'os.system',
  );
  // Beside a state dict they are skipped, as what they are: notes of a name.
  for (const bad of [shell, evaluate, global('os', 'system')]) {
    const { tensors, skipped } = parse(dict(['a', good], ['b', bad]));
    expect([...tensors.keys()]).toEqual(['a']);
    expect(skipped).toEqual(['b']);
  }
  // A name of JavaScript's own is a name like any other.
  for (const name of ['constructor', '__proto__', 'Function']) {
    expect(fault(reduce(global('Object', name), text('x')))).toMatch(name);
    expect(parse(dict([name, good])).tensors.size).toBe(1);
  }
  expect(fault(reduce(int(7), text('x')))).toMatchInlineSnapshot(
    `"has a broken pickle: a number is called, before byte 16"`,
  );
});

test('every way to name and call', () => {
  const state = dict(['a', good]);
  const wrapped = (value: Part) => dict(['state_dict', state], ['x', value]);
  const make2 = [text('collections'), text('OrderedDict'), 0x93];
  expect(parse([make2, ')', 'R(', text('a'), good, 'u']).tensors.size).toBe(1);
  expect(parse([make2, ')', 0x81, '(', text('a'), good, 'u']).tensors.size).toBe(1);
  expect(parse([make2, ')}', 0x92, '(', text('a'), good, 'u']).tensors.size).toBe(1);
  // Python 2 gave pairs to the call.
  expect(parse(reduce(make2, ['](', tuple(text('a'), good), 'e'])).tensors.size).toBe(1);
  for (const value of [
    ['(icollections\nOrderedDict\n'],
    ['(', global('os', 'system'), text('x'), 'o'],
    [reduce(global('argparse', 'Namespace')), dict(['lr', int(1)]), 'b'],
    [reduce(global('a', 'ListLike')), '(', int(1), 'e'],
    [reduce(global('a', 'DictLike')), '(', int(1), int(2), 'u'],
  ]) {
    expect(parse(wrapped(value)).tensors.size).toBe(1);
  }
});

test('tensors that their storage does not hold', () => {
  const of = (part: Part) => fault(dict(['a', part]));
  expect(of(tensor([5], [1]))).toMatchInlineSnapshot(
    `"the tensor "a" reads up to element 5 of a storage of 4"`,
  );
  expect(of(tensor([4], [1], { offset: 1 }))).toMatchInlineSnapshot(
    `"the tensor "a" reads up to element 5 of a storage of 4"`,
  );
  expect(of(tensor([2, 2], [4, 1]))).toMatch('reads up to element 6');
  expect(of(tensor([2 ** 31 - 1, 2 ** 31 - 1], [0, 0]))).toMatchInlineSnapshot(
    `"the tensor "a" repeats its storage beyond the size of the file"`,
  );
  expect(of(tensor([2], [-1]))).toMatchInlineSnapshot(
    `"the tensor "a" has a malformed shape, strides or offset"`,
  );
  expect(of(tensor([2], [1, 1]))).toMatch('malformed');
  expect(of(tensor(Array<number>(65).fill(1), Array<number>(65).fill(1)))).toMatch('malformed');
  expect(of(tensor([4], [1], { size: 5 }))).toMatchInlineSnapshot(
    `"has 16 bytes in the entry "m/data/0"; 5 elements take 20"`,
  );
  expect(of(tensor([4], [1], { type: 'OddStorage' }))).toMatchInlineSnapshot(
    `"the tensor "a" has the unknown storage type OddStorage"`,
  );
  expect(of(tensor([4], [1], { key: '1' }))).toMatchInlineSnapshot(
    `"has no entry "m/data/1", where a tensor's elements should be"`,
  );
  const rebuild = global('torch._utils', '_rebuild_tensor_v2');
  expect(of(reduce(rebuild))).toMatchInlineSnapshot(`"the tensor "a" has None for a storage"`);
  expect(fault(dict(['a', good], ['b', tensor([1], [1], { type: 'HalfStorage' })]))).toMatch(
    'two types or sizes',
  );
  expect(of(reduce(global('torch._utils', '_rebuild_other'), storage()))).toMatchInlineSnapshot(
    `"the tensor "a" is made by torch._utils._rebuild_other, which is not supported"`,
  );
});

test('tensors of the oldest kinds', () => {
  const old = global('torch._utils', '_rebuild_tensor');
  expect(dataOf(dict(['a', reduce(old, storage(), int(1), tuple(int(2)), tuple(int(2)))]))).toEqual(
    [2, 4],
  );
  const view = tuple(text('v'), int(2), int(2));
  expect(dataOf(dict(['a', tensor([2], [1], { view })]))).toEqual([3, 4]);
  expect(fault(dict(['a', tensor([3], [1], { view })]))).toMatch('a storage of 2');
  expect(fault(dict(['a', tensor([1], [1], { view: tuple(text('v'), int(3), int(2)) })]))).toMatch(
    'a view exceeds its storage',
  );
});

test('pickles that break the rules', () => {
  const state = dict(['a', good]);
  expect(fault('h', 3)).toMatchInlineSnapshot(
    `"has a broken pickle: the memo has nothing at 3, before byte 4"`,
  );
  expect(fault('q', 0)).toMatchInlineSnapshot(
    `"has a broken pickle: the stack is empty, before byte 4"`,
  );
  expect(fault('p-1\n')).toMatchInlineSnapshot(
    `"has a broken pickle: the memo has no place -1, before byte 6"`,
  );
  expect(fault('r', u32(0xffffffff), state)).toMatch('the stack is empty');
  expect(fault('t')).toMatchInlineSnapshot(
    `"has a broken pickle: there is no mark, before byte 3"`,
  );
  expect(fault('(0')).toMatch('the stack is empty');
  expect(fault(int(1), '(0'.repeat(3), '(a')).toMatch('the stack is empty');
  expect(fault(int(1), int(2), 's')).toMatch('the stack is empty');
  expect(fault(int(1), int(2), int(3), 's')).toMatchInlineSnapshot(
    `"has a broken pickle: a number is filled as a dict, before byte 18"`,
  );
  expect(fault(int(1), int(2), 'a')).toMatchInlineSnapshot(
    `"has a broken pickle: a number is extended as a list, before byte 13"`,
  );
  expect(fault('}(', int(1), 'u')).toMatchInlineSnapshot(
    `"has a broken pickle: a key has no value, before byte 10"`,
  );
  expect(fault(0xff)).toMatchInlineSnapshot(
    `"has a broken pickle: the opcode 0xff is unknown, before byte 3"`,
  );
  expect(fault(0x80, 9)).toMatchInlineSnapshot(
    `"has a broken pickle: protocol 9 is unknown, before byte 4"`,
  );
  expect(fault(int(1), 'Q')).toMatchInlineSnapshot(
    `"has a broken pickle: an outer object is a number, before byte 8"`,
  );
  expect(fault(tuple(text('socket')), 'Q')).toMatchInlineSnapshot(
    `"has a broken pickle: an outer object is neither storage nor module, before byte 16"`,
  );
  expect(fault('I0x10\n')).toMatchInlineSnapshot(
    `"has a broken pickle: a number is malformed, before byte 8"`,
  );
  expect(fault('Snot quoted\n')).toMatchInlineSnapshot(
    `"has a broken pickle: a string is malformed, before byte 14"`,
  );
  expect(fault('X', u32(1), 0xff)).toMatchInlineSnapshot(`"has a text that is not UTF-8"`);
  expect(fault('X', u32(0xffffffff))).toMatch('truncated');
  expect(fault(0x8d, u64(2n ** 63n))).toMatchInlineSnapshot(
    `"has the impossible size or position 9223372036854775808"`,
  );
  // The highest place of the memo takes no more room than the first.
  expect(parse(state, 'r', u32(0xffffffff), '0j', u32(0xffffffff)).tensors.size).toBe(1);
});

test('numbers as long as the file', () => {
  const megabyte = new Uint8Array(1 << 20).fill(0x39);
  expect(fault(0x8b, u32(megabyte.length), megabyte)).toMatchInlineSnapshot(
    `"has a broken pickle: a number has 1048576 bytes, before byte 7"`,
  );
  expect(fault('L', megabyte, 'L\n')).toMatchInlineSnapshot(
    `"has a broken pickle: a number has 1048577 characters, before byte 3"`,
  );
  expect(fault('F', megabyte, '\n')).toMatch('characters');
});

test('depth takes none of the stack, and a list may contain itself', () => {
  const depth = 1_000_000;
  const nest = [new Uint8Array(depth).fill(0x5d), new Uint8Array(depth - 1).fill(0x61)];
  expect(fault(nest)).toMatchInlineSnapshot(`"holds a list, not parameters by name"`);
  const dicts = new Uint8Array(100_000).fill(0x7d);
  expect(fault(dicts)).toMatchInlineSnapshot(`"holds no tensors by name; it has no names"`);
  expect(parse(dict(['a', good], ['loop', [']q', 0, 'h', 0, 'a']])).tensors.size).toBe(1);
  // A wrapper that wraps itself.
  expect(fault('}q', 0, text('model'), 'h', 0, 's')).toMatchInlineSnapshot(
    `"holds no tensors by name; it has "model""`,
  );
});

test('memory and time are bounded by the size of the file', () => {
  // A list that every step copies.
  const many = ['](', new Uint8Array(100_000).fill(0x4e), 'eq', 0, '0'];
  const copy = [global('torch', 'Size'), 'h', 0, 0x85, 'R0'];
  expect(fault(many, Array<Part>(100).fill(copy), 'N')).toMatchInlineSnapshot(
    `"has a pickle of more than 5000000 steps"`,
  );
  expect(fault(new Uint8Array(5_000_001).fill(0x4e))).toMatch('5000000 steps');
  expect(fault(new Uint8Array(500_000).fill(0x7d))).toMatch('5000000 steps');
  // One float, a million times; a thousand such tensors.
  const repeated = tensor([1_000_000], [0]);
  expect(fault(dict(['a', repeated]))).toMatchInlineSnapshot(
    `"the tensor "a" repeats its storage beyond the size of the file"`,
  );
});

test('numbers, strings and bytes of every protocol', () => {
  const odd = [
    ['I5\n', 'I01\n', 'L5L\n', 'F1.5\n', 'Finf\n', "S'text'\n", 'Vtext\n', ['U', 1, 'x']],
    [['T', u32(1), 'x'], ['C', 1, 'x'], ['B', u32(1), 'x'], [0x8e, u64(1), 'x'], 'N', 0x88, 0x89],
    [['G', u64(0)], ['M', 1, 1], ['K', 1], [0x8a, 0], [0x8a, 1, 0xff], [0x8c, 1, 'x'], 0x8f],
    [[0x8d, u64(1), 'x'], [0x96, u64(1), 'x'], ['(l0'], ['(d'], ['(', 0x91], '(l', [0x95, u64(0)]],
  ];
  expect(parse('](', odd, 'e0', dict(['a', good])).tensors.size).toBe(1);
  expect(parse(dict(['a', good]), 0x94, '0g0\n').tensors.size).toBe(1);
});
