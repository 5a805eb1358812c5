/** The side of a contestant: a process that loads models and runs them when it is asked. */
import { readFile } from 'node:fs/promises';
import { makeNoise } from '../protocol.ts';
import type { Answer, Form, Loaded, Message, OwnRequest, Request } from '../protocol.ts';

/** A model that is ready to run. */
export interface Model {
  /** The output of one run, on the host. */
  run(input: Float32Array): Promise<Float32Array>;
  free(): Promise<void> | void;
}

export interface Contestant {
  /** Loads the libraries and finds the adapter; its description, or '' where it is not known. */
  start(): Promise<string>;
  /** From the bytes of an ONNX file with one input, of this shape [N,C,H,W], and one output. */
  load(
    onnx: Uint8Array,
    shape: readonly [number, number, number, number],
    form: Form,
  ): Promise<Model>;
}

/** What only reparam's own process answers. */
type Own = Readonly<Record<OwnRequest['do'], () => Promise<unknown>>>;

/** Answers requests until the process that asks is gone. */
export function serve(contestant: Contestant, own?: Own): void {
  const models = new Map<string, { model: Model; input: Float32Array }>();

  const answer = async (request: Request | OwnRequest): Promise<unknown> => {
    switch (request.do) {
      case 'start':
        return contestant.start();
      case 'load': {
        const { name, file, shape, form } = request;
        const input = makeNoise(shape.reduce((a, b) => a * b, 1));
        const onnx = await readFile(file);
        const begin = performance.now();
        const model = await contestant.load(onnx, shape, form);
        const output = await model.run(input);
        const firstMs = performance.now() - begin;
        models.set(name, { model, input });
        return { firstMs, output } satisfies Loaded;
      }
      case 'run': {
        const { model, input } = models.get(request.name)!;
        const begin = performance.now();
        await model.run(input);
        return performance.now() - begin;
      }
      case 'free': {
        await models.get(request.name)?.model.free();
        models.delete(request.name);
        return null;
      }
      default:
        return own?.[request.do]();
    }
  };

  process.on('message', ({ id, request }: Message) => {
    answer(request).then(
      (value) => send({ id, ok: true, value }),
      (error: unknown) => send({ id, ok: false, reason: reasonOf(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

const send = (answer: Answer) => process.send!(answer);

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
