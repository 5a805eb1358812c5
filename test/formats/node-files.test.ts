import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tensor } from '../../ir/index.ts';
import {
  readSafetensors,
  writeBytes,
  writeFiles,
  writeSafetensors,
} from '../../src/formats/node-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reparam-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is written whole and read back', async () => {
  const path = join(folder, 'a.safetensors');
  await writeSafetensors(path, [['w', tensor([2], [1, 2])]], [['k', 'v']]);
  await writeSafetensors(path, [['w', tensor([2], [3, 4])]]);
  const { tensors, metadata } = await readSafetensors(path);
  expect([...tensors]).toEqual([['w', tensor([2], [3, 4])]]);
  expect(metadata.size).toBe(0);
  expect(await readdir(folder)).toEqual(['a.safetensors']);
});

test('a failure leaves nothing behind and names the file', async () => {
  const path = join(folder, 'missing', 'a.safetensors');
  await expect(writeBytes(path, new Uint8Array(1))).rejects.toMatchObject({
    code: 'file',
    subject: path,
  });
  const taken = {
    code: 'file',
    message: expect.stringContaining('there is a folder of that name'),
  };
  await expect(writeBytes(folder, new Uint8Array(1))).rejects.toMatchObject(taken);
  expect(await readdir(folder)).toEqual([]);
  await expect(readSafetensors(path)).rejects.toThrow(`cannot read ${path}: there is no such file`);
});

test('several files, in parts', async () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  await writeFile(b, 'old');
  await writeFiles([
    { path: a, chunks: [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)] },
    { path: b, chunks: [] },
  ]);
  expect([...(await readFile(a))]).toEqual([1, 2, 3]);
  expect([...(await readFile(b))]).toEqual([]);
  expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
});

test('several files of which one cannot be written: none is', async () => {
  const a = join(folder, 'a');
  await writeFile(a, 'old');
  const files = [
    { path: a, chunks: [Uint8Array.of(1)] },
    { path: join(folder, 'missing', 'b'), chunks: [Uint8Array.of(2)] },
  ];
  await expect(writeFiles(files)).rejects.toThrow(
    `cannot write ${files[1]!.path}: no file can be made there; give another place`,
  );
  expect(await readFile(a, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['a']);
});

test('a failure in the middle of a file leaves the old one', async () => {
  const a = join(folder, 'a');
  await writeFile(a, 'old');
  // What no file can take, as a full disk would.
  const chunks = [Uint8Array.of(1), null as unknown as Uint8Array];
  await expect(writeFiles([{ path: a, chunks }])).rejects.toThrow(`cannot write ${a}`);
  expect(await readFile(a, 'utf8')).toBe('old');
  await mkdir(join(folder, 'b'));
  await expect(writeBytes(join(folder, 'b'), Uint8Array.of(1))).rejects.toThrow('cannot write');
  expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
});

test('a malformed file is named', async () => {
  const path = join(folder, 'b.safetensors');
  await writeBytes(path, new Uint8Array(3));
  await expect(readSafetensors(path)).rejects.toThrow(`${path}: 3 bytes are too few`);
});
