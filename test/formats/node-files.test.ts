import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileReason } from '../../src/formats/file-reasons.ts';
import { tensor } from '../../ir/index.ts';
import {
  expectWritable,
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

test('a file that is too large is refused in words', () => {
  const error = Object.assign(new Error('EFBIG: file too large, write'), { code: 'EFBIG' });
  expect(fileReason(error, 'write')).toBe('it is larger than files may be there');
});

test('a malformed file is named', async () => {
  const path = join(folder, 'b.safetensors');
  await writeBytes(path, new Uint8Array(3));
  await expect(readSafetensors(path)).rejects.toThrow(`${path}: 3 bytes are too few`);
});

// Windows has other permissions, and lets few make links.
describe.skipIf(process.platform === 'win32')('on POSIX', () => {
  const bytes = Uint8Array.of(1, 2);
  const isLink = async (path: string) => (await lstat(path)).isSymbolicLink();

  test('a link stays, and the file that it leads to is written', async () => {
    const [there, link, second] = [join(folder, 'd', 'a'), join(folder, 'b'), join(folder, 'c')];
    await mkdir(join(folder, 'd'));
    await symlink(join('d', 'a'), link);
    await symlink('b', second);
    // At first there is nothing where the links lead, then there is.
    for (const content of [bytes, Uint8Array.of(3)]) {
      await expectWritable(second);
      await writeBytes(second, content);
      expect([await isLink(second), await isLink(link)]).toEqual([true, true]);
      expect([...(await readFile(there))]).toEqual([...content]);
    }
    expect((await readdir(folder)).toSorted()).toEqual(['b', 'c', 'd']);
    expect(await readdir(join(folder, 'd'))).toEqual(['a']);
  });

  test('a name may be as long as names can be', async () => {
    const path = join(folder, 'a'.repeat(255));
    await expectWritable(path);
    await writeBytes(path, bytes);
    expect([...(await readFile(path))]).toEqual([...bytes]);
    const longer = `${path}a`;
    const refused = { code: 'file', message: expect.stringContaining('the name is too long') };
    await expect(expectWritable(longer)).rejects.toMatchObject(refused);
    await expect(writeBytes(longer, bytes)).rejects.toMatchObject(refused);
    expect(await readdir(folder)).toEqual(['a'.repeat(255)]);
  });

  test('a folder that is not there is no file', async () => {
    const path = join(folder, 'a.npy/');
    const refused = { code: 'file', message: expect.stringContaining('no file can be made there') };
    await expect(expectWritable(path)).rejects.toMatchObject(refused);
    await expect(writeBytes(path, bytes)).rejects.toMatchObject(refused);
    expect(await readdir(folder)).toEqual([]);
  });

  test('a link is followed from the folder that it is in', async () => {
    await mkdir(join(folder, 'real', 'inner'), { recursive: true });
    await symlink(join('real', 'inner'), join(folder, 'short'));
    await symlink(join('..', 'a'), join(folder, 'real', 'inner', 'link'));
    await writeBytes(join(folder, 'short', 'link'), bytes);
    expect([...(await readFile(join(folder, 'real', 'a')))]).toEqual([...bytes]);
    expect((await readdir(folder)).toSorted()).toEqual(['real', 'short']);
  });

  test('links that lead nowhere stay, and nothing is written', async () => {
    const [circle, dangling] = [join(folder, 'circle'), join(folder, 'dangling')];
    await symlink('circle', circle);
    await symlink(join('missing', 'a'), dangling);
    for (const path of [circle, dangling]) {
      const refused = { code: 'file', subject: path };
      await expect(expectWritable(path)).rejects.toMatchObject(refused);
      await expect(writeBytes(path, bytes)).rejects.toMatchObject(refused);
      expect(await isLink(path)).toBe(true);
    }
    expect((await readdir(folder)).toSorted()).toEqual(['circle', 'dangling']);
  });

  test.each([0o600, 0o444, 0o666])('permissions of %i stay, also through a link', async (mode) => {
    const [a, link] = [join(folder, 'a'), join(folder, 'link')];
    await writeFile(a, 'old');
    await symlink('a', link);
    await chmod(a, mode);
    for (const path of [a, link]) {
      await writeBytes(path, bytes);
      expect((await stat(a)).mode & 0o777).toBe(mode);
      expect([...(await readFile(a))]).toEqual([...bytes]);
    }
  });

  test('several files are written through links, or none is', async () => {
    const [a, link] = [join(folder, 'a'), join(folder, 'link')];
    await writeFile(a, 'old');
    await symlink('a', link);
    const files = [
      { path: link, chunks: [bytes] },
      { path: join(folder, 'missing', 'b'), chunks: [bytes] },
    ];
    await expect(writeFiles(files)).rejects.toThrow(`cannot write ${files[1]!.path}`);
    expect(await readFile(a, 'utf8')).toBe('old');
    expect((await readdir(folder)).toSorted()).toEqual(['a', 'link']);
  });
});
