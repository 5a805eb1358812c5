/** What a node that stays as it is does, as bytes that can be compared. */
import { toBinary } from '@bufbuild/protobuf';
import { copyMessage } from './copy-message.ts';
import type { Import } from './import.ts';
import type { ModelFile } from './model-file.ts';
import { NodeProtoSchema, TensorProtoSchema } from './schema/onnx_pb.ts';
import { capturesOf } from './subgraphs.ts';

/** The node that gives `output`, the nodes that only serve it, and the weights they read. */
export function encodeNode(file: ModelFile, imported: Import, output: string): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const seen = new Set<string>();
  const stack = [output];
  while (stack.length > 0) {
    const name = stack.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    const weight = file.weights.get(name);
    if (weight) {
      parts.push(
        toBinary(TensorProtoSchema, copyMessage(TensorProtoSchema, weight, { docString: '' })),
      );
      continue;
    }
    const node = file.producer(name);
    const isPart = node && (name === output || imported.kept.get(node) === null);
    if (!isPart) continue;
    const { proto } = node;
    const anonymous = { name: '', docString: '', metadataProps: [] };
    parts.push(toBinary(NodeProtoSchema, copyMessage(NodeProtoSchema, proto, anonymous)));
    stack.push(...proto.input, ...capturesOf(proto));
  }
  return parts;
}
