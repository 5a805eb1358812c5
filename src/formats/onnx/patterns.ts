/**
 * Activations that exporters write out in parts, found again before anything is imported:
 *
 *     x Sigmoid(x)                              Swish
 *     0.5 x (1 + Erf(x / sqrt 2))               Gelu
 *     Clip(x + 3, 0, 6) / 6                     HardSigmoid, alpha = 1/6
 *     x HardSigmoid(x), x Clip(x + 3, 0, 6) / 6 HardSwish
 *
 * The parts stay where others read them; otherwise nothing needs them any more.
 */
import { create } from '@bufbuild/protobuf';
import { float, type OnnxNode } from './onnx-node.ts';
import { AttributeProto_AttributeType, AttributeProtoSchema } from './schema/onnx_pb.ts';

export interface Lookup {
  /** The node that gives the value. */
  readonly producer: (name: string) => OnnxNode | undefined;
  /** The value, where it is a single known number. */
  readonly number: (name: string) => number | undefined;
}

const close = (a: number | undefined, b: number) =>
  a !== undefined && Math.abs(a - b) <= 1e-6 * Math.abs(b);

const floatAttribute = (name: string, f: number) =>
  [
    name,
    create(AttributeProtoSchema, { name, f, type: AttributeProto_AttributeType.FLOAT }),
  ] as const;

const become = (
  node: OnnxNode,
  op: string,
  x: string,
  attributes: OnnxNode['attributes'] = new Map(),
): OnnxNode => ({ ...node, op, inputs: [x], attributes, isPattern: true });

/** The other operand of a commutative node, one of whose operands is the number. */
function besides(node: OnnxNode | undefined, op: string, wanted: number, find: Lookup) {
  if (node?.op !== op || node.inputs.length !== 2) return undefined;
  const [a, b] = node.inputs as [string, string];
  if (close(find.number(b), wanted)) return a;
  return close(find.number(a), wanted) ? b : undefined;
}

/** The operand that is divided by the number, in either form. */
function divided(node: OnnxNode | undefined, by: number, find: Lookup): string | undefined {
  if (node?.op !== 'Div') return besides(node, 'Mul', 1 / by, find);
  return close(find.number(node.inputs[1] ?? ''), by) ? node.inputs[0] : undefined;
}

/** x, of Clip(x + 3, 0, 6). */
function relu6OfShifted(name: string, find: Lookup): string | undefined {
  const clip = find.producer(name);
  if (clip?.op !== 'Clip') return undefined;
  const bound = (index: number, attribute: string) =>
    find.number(clip.inputs[index] ?? '') ?? float(clip, attribute, NaN);
  if (bound(1, 'min') !== 0 || !close(bound(2, 'max'), 6)) return undefined;
  return besides(find.producer(clip.inputs[0]!), 'Add', 3, find);
}

/** Pairs of the operands of a product, in both orders. */
const orders = ({ inputs }: OnnxNode): [string, string][] => {
  const [a, b] = inputs as [string, string];
  return [
    [a, b],
    [b, a],
  ];
};

function product(node: OnnxNode, find: Lookup): OnnxNode | undefined {
  for (const [x, other] of orders(node)) {
    const gate = find.producer(other);
    if (gate?.inputs[0] !== x) continue;
    if (gate.op === 'Sigmoid') return become(node, 'Swish', x);
    const fits = close(float(gate, 'alpha', 0.2), 1 / 6) && close(float(gate, 'beta', 0.5), 0.5);
    if (gate.op === 'HardSigmoid' && fits) return become(node, 'HardSwish', x);
  }
  return gelu(node, find);
}

/** Any grouping of the three factors 0.5, x and 1 + Erf(x / sqrt 2). */
function gelu(node: OnnxNode, find: Lookup): OnnxNode | undefined {
  for (const [outer, inner] of orders(node)) {
    const nested = find.producer(inner);
    if (nested?.op !== 'Mul' || nested.inputs.length !== 2) continue;
    const factors = [outer, ...nested.inputs];
    const half = factors.findIndex((name) => close(find.number(name), 0.5));
    if (half < 0) continue;
    const [a, b] = factors.filter((_, i) => i !== half) as [string, string];
    for (const [x, rest] of [
      [a, b],
      [b, a],
    ] as const) {
      const erf = find.producer(besides(find.producer(rest), 'Add', 1, find) ?? '');
      if (erf?.op !== 'Erf') continue;
      if (divided(find.producer(erf.inputs[0] ?? ''), Math.SQRT2, find) === x) {
        return become(node, 'Gelu', x);
      }
    }
  }
  return undefined;
}

function sixth(node: OnnxNode, find: Lookup): OnnxNode | undefined {
  const six = divided(node, 6, find);
  if (six === undefined) return undefined;
  const x = relu6OfShifted(six, find);
  if (x !== undefined) {
    const attributes = new Map([floatAttribute('alpha', 1 / 6), floatAttribute('beta', 0.5)]);
    return become(node, 'HardSigmoid', x, attributes);
  }
  const swish = find.producer(six);
  if (swish?.op !== 'Mul' || swish.inputs.length !== 2) return undefined;
  const gated = orders(swish).find(([a, b]) => relu6OfShifted(b, find) === a);
  return gated && become(node, 'HardSwish', gated[0]);
}

/** What a node is together with those before it; itself if that is nothing more. */
export function recognise(node: OnnxNode, find: Lookup): OnnxNode {
  if ((node.op !== 'Mul' && node.op !== 'Div') || node.inputs.length !== 2) return node;
  return sixth(node, find) ?? (node.op === 'Mul' ? product(node, find) : undefined) ?? node;
}
