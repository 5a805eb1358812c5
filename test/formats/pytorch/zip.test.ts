import { expect, test } from 'vitest';
import { parseCheckpoint } from '../../../src/formats/index.ts';
import { errorOf } from '../../support/errors.ts';
import { bytes, dict, four, legacyFile, pickle, tensor } from './make-pickle.ts';
import { zipFile, type ZipOptions } from './make-zip.ts';

const main = pickle(dict(['a', tensor([4], [1])]));
const entries = [
  ['m/data.pkl', main],
  ['m/data/0', four],
] as const;
const fault = (file: Uint8Array) => errorOf(() => parseCheckpoint(file, { what: 'm.pt' }));
const zipFault = (options: ZipOptions) => fault(zipFile(entries, options));

test.each<ZipOptions>([{}, { zip64: true }, { comment: 'a comment' }])('zip with %o', (options) => {
  const { tensors } = parseCheckpoint(zipFile(entries, options));
  expect(tensors.get('a')!.data).toEqual(Float32Array.of(1, 2, 3, 4));
});

test('a folder is not needed', () => {
  const file = zipFile(entries.map(([name, data]) => [name.slice(2), data]));
  expect(parseCheckpoint(file).tensors.size).toBe(1);
});

test('what cannot be read', () => {
  expect(zipFault({ method: 8 })).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has the entry "m/data.pkl", which is compressed; only stored ones are read, as torch.save writes them"`,
  );
  expect(zipFault({ flags: 1 })).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has the entry "m/data.pkl", which is encrypted"`,
  );
  expect(zipFault({ extraSize: 1000 })).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: is truncated: 793 more bytes should follow its last one"`,
  );
  expect(zipFault({ extraSize: 1000, zip64: true })).toMatch('is truncated');
  expect(fault(zipFile([...entries, entries[0]]))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has the entry "m/data.pkl" twice"`,
  );
  expect(fault(zipFile([entries[0]]))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has no entry "m/data/0", where a tensor's elements should be"`,
  );
  expect(fault(zipFile([entries[1]]))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: is a zip file without data.pkl, not a PyTorch checkpoint"`,
  );
  expect(fault(zipFile([entries[0], ['m/data/0', four.subarray(4)]]))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has 12 bytes in the entry "m/data/0"; 4 elements take 16"`,
  );
  expect(fault(zipFile([...entries, ['m/byteorder', bytes('big')]]))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: was written in big-endian order, which is not supported"`,
  );
});

test('other files', () => {
  expect(fault(bytes(0x1f, 0x8b, 8, 0))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: is compressed with gzip; unpack it"`,
  );
  expect(fault(new Uint8Array())).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: is not a checkpoint that torch.save writes, or too old a one; it has only 0 bytes"`,
  );
  expect(fault(new Uint8Array(1000))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: is not a checkpoint that torch.save writes, or too old a one"`,
  );
  expect(fault(main)).toMatch('is not a checkpoint');
  expect(fault(bytes('<html>'))).toMatch('this looks like a web page');
});

test('the old form', () => {
  const storages = [['0', 4, four]] as const;
  expect(parseCheckpoint(legacyFile(main, storages)).tensors.get('a')!.data).toEqual(
    Float32Array.of(1, 2, 3, 4),
  );
  expect(fault(legacyFile(main))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has no storage "0", which a tensor reads"`,
  );
  expect(fault(legacyFile(main, [['1', 4, four]]))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has a storage of an unknown type"`,
  );
  expect(fault(legacyFile(main, [['0', 2 ** 40, four]]))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has 1099511627776 elements in a storage that says it has 4"`,
  );
  expect(fault(bytes(legacyFile(main, storages), 0))).toMatchInlineSnapshot(
    `"file of m.pt: m.pt: has 1 bytes after its last storage"`,
  );
});
