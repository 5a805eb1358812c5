// Generates src/formats/onnx/schema/onnx_pb.ts from onnx.proto beside it: `npm run generate`. Needs protoc
// on the PATH (Debian: protobuf-compiler); PROTOC names another. The result is checked in.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const folder = 'src/formats/onnx/schema';

execFileSync(
  process.env['PROTOC'] ?? 'protoc',
  [
    '--plugin=node_modules/.bin/protoc-gen-es',
    `--proto_path=${folder}`,
    `--es_out=${folder}`,
    '--es_opt=target=ts',
    'onnx.proto',
  ],
  { stdio: 'inherit' },
);

// Enums are not erasable, so Node could not run the sources as they are.
const file = `${folder}/onnx_pb.ts`;
const erasable = readFileSync(file, 'utf8').replaceAll(
  /^export enum (\w+) \{\n([^]*?)^\}/gm,
  (_, name: string, body: string) =>
    `export const ${name} = {\n${body.replaceAll(/^( {2}\w+) = (\d+),/gm, '$1: $2,')}} as const;\n` +
    `export type ${name} = (typeof ${name})[keyof typeof ${name}];`,
);
writeFileSync(file, erasable);
