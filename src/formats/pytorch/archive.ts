/** The zip form of a checkpoint, written since PyTorch 1.6: `NAME/data.pkl` and `NAME/data/KEY`. */
import { fileError } from '../safetensors-header.ts';
import { decodeText } from './cursor.ts';
import { readPickle } from './pickle.ts';
import { type Contents, storageSizes, storagesIn } from './tensors.ts';
import { openZip, readZipEntry } from './zip.ts';

/** Throws a `file` error; for TorchScript archives with the way to save the parameters instead. */
export function readArchive(bytes: Uint8Array, what: string): Contents {
  const zip = openZip(bytes, what);
  const names = [...zip.entries.keys()];
  const main = names.find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (main === undefined) {
    throw fileError(what, 'is a zip file without data.pkl, not a PyTorch checkpoint');
  }
  const root = main.slice(0, -'data.pkl'.length);
  if (names.some((name) => name === `${root}constants.pkl` || name.startsWith(`${root}code/`))) {
    const remedy = 'torch.save(torch.jit.load(path).state_dict(), other_path)';
    throw fileError(what, `is a TorchScript archive; in Python, save its parameters: ${remedy}`);
  }
  const order = readZipEntry(zip, `${root}byteorder`);
  if (order && decodeText(order, what).trim() !== 'little') {
    throw fileError(what, 'was written in big-endian order, which is not supported');
  }
  const { value, storages } = readPickle(readZipEntry(zip, main)!, what);
  const bytesOf = (key: string) => {
    const { type, size } = storages.get(key)!;
    const quoted = JSON.stringify(`${root}data/${key}`);
    const data = readZipEntry(zip, `${root}data/${key}`);
    if (!data) throw fileError(what, `has no entry ${quoted}, where a tensor's elements should be`);
    const wanted = size * storageSizes.get(type)!;
    if (data.length === wanted) return data;
    const message = `${data.length} bytes in the entry ${quoted}; ${size} elements take ${wanted}`;
    throw fileError(what, `has ${message}`);
  };
  return { value, storages: storagesIn(bytes, what, bytesOf) };
}
