/** An operator for each activation in the table, its parameters as attributes. */
import { activations, type ActivationDef, type ActivationName } from '../activation.ts';
import { defineOp, noMacs, required, type OpDef } from '../define-op.ts';

type ParamsOf<K extends ActivationName> = Record<keyof (typeof activations)[K]['params'], number>;

export function activationOp<K extends ActivationName>(name: K): OpDef<ParamsOf<K>> {
  const def: ActivationDef = activations[name];
  const order = Object.keys(def.params) as (keyof ParamsOf<K>)[];
  return defineOp<ParamsOf<K>>({
    doc: `${def.doc}, element by element.`,
    operands: [required('x')],
    attrs: def.params as ParamsOf<K>,
    infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
    macs: noMacs,
    evaluate([x], attrs) {
      const params = order.map((param) => attrs[param]);
      return x!.data.map((value) => def.evaluate(value, params));
    },
  });
}
