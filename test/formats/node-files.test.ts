import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tensor } from '../../ir/index.ts';
import { readSafetensors, writeBytes, writeSafetensors } from '../../src/formats/node-files.ts';

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
  await expect(writeBytes(folder, new Uint8Array(1))).rejects.toMatchObject({ code: 'file' });
  expect(await readdir(folder)).toEqual([]);
  await expect(readSafetensors(path)).rejects.toThrow(`cannot read ${path}: ENOENT`);
});

test('a malformed file is named', async () => {
  const path = join(folder, 'b.safetensors');
  await writeBytes(path, new Uint8Array(3));
  await expect(readSafetensors(path)).rejects.toThrow(`${path}: 3 bytes are too few`);
});
