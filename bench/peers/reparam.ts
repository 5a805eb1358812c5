/** reparam: a plain form compiled as users do, a training form as it is in the file. */
import {
  readOnnx,
  compile,
  openDevice,
  openSession,
  Tensor,
  type Device,
} from '../../src/index.ts';
import { prepareLayers, type LayerTimes } from '../layers.ts';
import { measureSteadyState } from '../steady-state.ts';
import { serve } from './serve.ts';

let device: Device;
let measureLayers: (() => Promise<LayerTimes>) | undefined;

serve(
  {
    async start() {
      device = await openDevice({ powerPreference: 'high-performance' });
      const { description, vendor, architecture } = device.info;
      return description || `${vendor} ${architecture}`;
    },
    async load(onnx, shape, form) {
      const source = readOnnx(onnx);
      const graph = form === 'plain' ? compile(source).graph : source;
      const session = await openSession(graph, { device });
      const [input, output] = [graph.inputs[0]!.id, graph.outputs[0]!.name];
      return {
        async run(data) {
          const results = await session.run({ [input]: new Tensor(shape, data) });
          return results[output]!.data as Float32Array;
        },
        free: () => session.close(),
      };
    },
  },
  {
    'prepare-layers': async () => {
      const prepared = await prepareLayers(device);
      measureLayers = prepared.measure;
      return prepared.layers;
    },
    'measure-layers': async () => measureLayers!(),
    'steady-state': async () => measureSteadyState(device),
  },
);
