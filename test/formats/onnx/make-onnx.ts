/** Small ONNX files made by hand. */
import { create, toBinary } from '@bufbuild/protobuf';
import * as pb from '../../../src/formats/onnx/schema/onnx_pb.ts';
import { attribute, type OnnxAttr } from '../../../src/formats/onnx/write-tensor.ts';

export const Type = pb.TensorProto_DataType;

type Dims = readonly (number | string)[];
type Attr = OnnxAttr | pb.TensorProto;

export interface OnnxParts {
  readonly opset?: number;
  readonly inputs?: Readonly<Record<string, Dims>>;
  readonly inputType?: number;
  /** Their type is unknown to the file; ONNX Runtime infers it. */
  readonly outputs?: readonly string[];
  readonly weights?: readonly pb.TensorProto[];
  readonly nodes: readonly pb.NodeProto[];
}

export const floatsOf = (name: string, dims: readonly number[], values?: readonly number[]) =>
  create(pb.TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: Type.FLOAT,
    floatData: [
      ...(values ??
        Array.from(
          { length: dims.reduce((a, b) => a * b, 1) },
          (_, i) => ((i * 7) % 11) / 5 - 0.9,
        )),
    ],
  });

export const intsOf = (name: string, values: readonly number[], dims = [values.length]) =>
  create(pb.TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: Type.INT64,
    int64Data: values.map(BigInt),
  });

const isTensor = (value: Attr): value is pb.TensorProto =>
  typeof value === 'object' && '$typeName' in value;

export const onnxNodeOf = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attrs: Readonly<Record<string, Attr>> = {},
  name = '',
) =>
  create(pb.NodeProtoSchema, {
    opType,
    name,
    input: [...input],
    output: [...output],
    attribute: Object.entries(attrs).map(([key, value]) =>
      isTensor(value)
        ? create(pb.AttributeProtoSchema, {
            name: key,
            type: pb.AttributeProto_AttributeType.TENSOR,
            t: value,
          })
        : attribute(key, value),
    ),
  });

export const valueInfoOf = (name: string, dims: Dims | null, elemType: number = Type.FLOAT) => {
  const shape = dims && {
    dim: dims.map((d) => ({
      value:
        typeof d === 'number'
          ? { case: 'dimValue' as const, value: BigInt(d) }
          : { case: 'dimParam' as const, value: d },
    })),
  };
  const value = { elemType, ...(shape ? { shape } : {}) };
  return create(pb.ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value } },
  });
};

export function onnxOf(parts: OnnxParts): Uint8Array {
  const { opset = 17, inputs = {}, outputs = ['y'], weights = [], nodes } = parts;
  const model = create(pb.ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: 'made',
      node: [...nodes],
      initializer: [...weights],
      input: Object.entries(inputs).map(([name, dims]) =>
        valueInfoOf(name, dims, parts.inputType ?? Type.FLOAT),
      ),
      output: outputs.map((name) => valueInfoOf(name, null, parts.inputType ?? Type.FLOAT)),
    },
  });
  return toBinary(pb.ModelProtoSchema, model);
}
