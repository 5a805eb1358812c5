/**
 * Activations that exporters write out in parts, found again before anything is imported:
 *
 *     x Sigmoid(x)                              Swish
 *     0.5 x (1 + Erf(x / sqrt 2))               Gelu
 *     0.5 x (1 + Tanh(sqrt(2 / pi) (x + 0.044715 x^3)))   Gelu, approximate="tanh"
 *     Clip(x + 3, 0, 6) / 6                     HardSigmoid, alpha = 1/6
 *     Clip(a x + b, 0, 1)                       HardSigmoid
 *     x HardSigmoid(x), x Clip(x + 3, 0, 6) / 6 HardSwish
 *
 * Clip may be Relu, Min and Max. The parts stay where others read them; otherwise nothing needs them any more.
 */
import { create } from '@bufbuild/protobuf';
import { besides, clampOf, close, divided, numberOf, orders, polynomial } from './expression.ts';
import { withNumber, type Lookup } from './expression.ts';
import { float, type OnnxNode } from './onnx-node.ts';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema } from './schema/onnx_pb.ts';

export type { Lookup } from './expression.ts';

const floatAttribute = (name: string, f: number) =>
  [name, create(AttributeProtoSchema, { name, f, type: Kind.FLOAT })] as const;

const textAttribute = (name: string, value: string) => {
  const s = new TextEncoder().encode(value);
  return [name, create(AttributeProtoSchema, { name, s, type: Kind.STRING })] as const;
};

const become = (
  node: OnnxNode,
  op: string,
  x: string,
  attributes: OnnxNode['attributes'] = new Map(),
): OnnxNode => ({ ...node, op, inputs: [x], attributes, isPattern: true });

const hardSigmoid = (node: OnnxNode, x: string, alpha: number, beta: number): OnnxNode =>
  become(
    node,
    'HardSigmoid',
    x,
    new Map([floatAttribute('alpha', alpha), floatAttribute('beta', beta)]),
  );

/** x, of Clip(x + 3, 0, 6). */
function relu6OfShifted(name: string, find: Lookup): string | undefined {
  const clamp = clampOf(name, find);
  if (clamp?.low !== 0 || !close(clamp.high, 6)) return undefined;
  return besides(find.producer(clamp.x), 'Add', 3, find);
}

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

/** What Gelu's tanh takes of x, by power. */
const slope = Math.sqrt(2 / Math.PI);
const TANH = [0, slope, 0, 0.044715 * slope];

/** Which Gelu the factor 1 + … makes of x. */
function geluGate(name: string, x: string, find: Lookup): 'erf' | 'tanh' | undefined {
  const gate = find.producer(besides(find.producer(name), 'Add', 1, find) ?? '');
  const operand = gate?.inputs[0] ?? '';
  if (gate?.op === 'Erf') {
    return divided(find.producer(operand), Math.SQRT2, find) === x ? 'erf' : undefined;
  }
  if (gate?.op !== 'Tanh') return undefined;
  const powers = polynomial(operand, x, find) ?? [];
  const fits = powers.every((power, i) => (TANH[i] ? close(power, TANH[i], 1e-5) : power === 0));
  return fits && powers.length >= TANH.length ? 'tanh' : undefined;
}

/** Any grouping of the three factors 0.5, x and 1 + Erf(x / sqrt 2), or 1 + Tanh(…). */
function gelu(node: OnnxNode, find: Lookup): OnnxNode | undefined {
  for (const [outer, inner] of orders(node)) {
    const nested = find.producer(inner);
    if (nested?.op !== 'Mul' || nested.inputs.length !== 2) continue;
    const factors = [outer, ...nested.inputs];
    const half = factors.findIndex((name) => close(numberOf(name, find), 0.5));
    if (half < 0) continue;
    const [a, b] = factors.filter((_, i) => i !== half) as [string, string];
    for (const [x, gate] of [
      [a, b],
      [b, a],
    ] as const) {
      const form = geluGate(gate, x, find);
      if (form === 'erf') return become(node, 'Gelu', x);
      if (form) return become(node, 'Gelu', x, new Map([textAttribute('approximate', 'tanh')]));
    }
  }
  return undefined;
}

function sixth(node: OnnxNode, find: Lookup): OnnxNode | undefined {
  const six = divided(node, 6, find);
  if (six === undefined) return undefined;
  const x = relu6OfShifted(six, find);
  if (x !== undefined) return hardSigmoid(node, x, 1 / 6, 0.5);
  const swish = find.producer(six);
  if (swish?.op !== 'Mul') return undefined;
  const gated = orders(swish).find(([a, b]) => relu6OfShifted(b, find) === a);
  return gated && become(node, 'HardSwish', gated[0]);
}

/** Clip(a x + b, 0, 1). */
function unitClamp(node: OnnxNode, find: Lookup): OnnxNode | undefined {
  const clamp = clampOf(node.outputs[0] ?? '', find);
  if (clamp?.low !== 0 || clamp.high !== 1) return undefined;
  const shifted = withNumber(find.producer(clamp.x), 'Add', find);
  const scaled = shifted && withNumber(find.producer(shifted.x), 'Mul', find);
  return scaled && hardSigmoid(node, scaled.x, scaled.value, shifted.value);
}

/** What a node is together with those before it; itself if that is nothing more. */
export function recognise(node: OnnxNode, find: Lookup): OnnxNode {
  if (['Clip', 'Min', 'Max'].includes(node.op)) return unitClamp(node, find) ?? node;
  if ((node.op !== 'Mul' && node.op !== 'Div') || node.inputs.length !== 2) return node;
  return sixth(node, find) ?? (node.op === 'Mul' ? product(node, find) : undefined) ?? node;
}
