/** Zip files written by hand, well or badly. */
import { bytes, u16, u32, u64 } from './make-pickle.ts';

export interface ZipOptions {
  /** All sizes and positions in the zip64 records. */
  readonly zip64?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly comment?: string;
  /** Added to every size in the directory. */
  readonly extraSize?: number;
}

const NONE = u32(0xffffffff);

export function zipFile(
  entries: readonly (readonly [name: string, data: Uint8Array])[],
  options: ZipOptions = {},
): Uint8Array {
  const { zip64 = false, method = 0, flags = 0, comment = '', extraSize = 0 } = options;
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, data] of entries) {
    const head = bytes(u16(45), u16(flags), u16(method), u32(0), u32(0));
    const sizes = bytes(u32(data.length), u32(data.length));
    const padding = bytes('FB', u16(3), 'ZZZ');
    const nameSizes = bytes(u16(name.length), u16(padding.length));
    const local = bytes('PK\x03\x04', head, sizes, nameSizes, name, padding, data);
    const size = data.length + extraSize;
    const extra = zip64 ? bytes(padding, u16(1), u16(24), u64(size), u64(size), u64(at)) : padding;
    const central = [
      bytes('PK\x01\x02', u16(45), head),
      zip64 ? bytes(NONE, NONE) : bytes(u32(size), u32(size)),
      bytes(u16(name.length), u16(extra.length), u16(0), u16(0), u16(0), u32(0)),
      bytes(zip64 ? NONE : u32(at), name, extra),
    ];
    parts.push(local);
    directory.push(...central);
    at += local.length;
  }
  const listed = bytes(...directory);
  const count = entries.length;
  const end64 = bytes(
    bytes('PK\x06\x06', u64(44), u16(45), u16(45), u32(0), u32(0)),
    bytes(u64(count), u64(count), u64(listed.length), u64(at)),
    bytes('PK\x06\x07', u32(0), u64(at + listed.length), u32(1)),
  );
  const counts = zip64 ? bytes(u16(0xffff), u16(0xffff), NONE, NONE) : undefined;
  const end = bytes(
    bytes('PK\x05\x06', u16(0), u16(0)),
    counts ?? bytes(u16(count), u16(count), u32(listed.length), u32(at)),
    bytes(u16(comment.length), comment),
  );
  return bytes(...parts, listed, zip64 ? end64 : [], end);
}
