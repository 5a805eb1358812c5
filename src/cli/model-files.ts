/** Models as files: ONNX, and reparam's own lossless form in safetensors. */
import { basename, extname } from 'node:path';
import { ReparamError, specialise, type Graph, type Shape } from '../../ir/index.ts';
import { exportOnnx, load, parseSafetensors, save } from '../formats/index.ts';
import { readBytes, type FileToWrite } from '../formats/node-files.ts';
import { GRAPH_KEY } from '../formats/save.ts';
import { openOnnx, type OnnxModel, type OpaqueNode } from '../formats/onnx/model.ts';
import { externalReader } from './external-data.ts';
import { listOpaque } from './opaque-text.ts';
import { expectOutput, siblingOf } from './output-files.ts';
import { usageError } from './answer.ts';

export type Shapes = Readonly<Record<string, Shape>>;

export interface ModelFile {
  readonly path: string;
  /** What was read, weights in other files included. */
  readonly bytes: number;
  readonly graph: Graph;
  /** Nodes of an ONNX file that are no part of the graph and stay as they are. */
  readonly opaque: readonly OpaqueNode[];
  /** Where it is an ONNX file. */
  readonly onnx?: OnnxModel;
}

const checkpoints = ['.pth', '.pt', '.tar', '.ckpt', '.bin'];

/** Throws a `file` error that names the file; wrong usage where it is right, but not with these shapes. */
export async function openModel(path: string, shapes: Shapes = {}): Promise<ModelFile> {
  const extension = extname(path).toLowerCase();
  if (checkpoints.includes(extension)) {
    throw new ReparamError(
      'file',
      `${path} is a checkpoint, weights without a graph; make a model of it first: reparam convert --arch NAME ${path} -o model.onnx`,
      path,
    );
  }
  const bytes = await readBytes(path);
  const open = (given: Shapes): ModelFile => {
    if (extension === '.safetensors') {
      const graph = withShapes(loadGraph(bytes, path), given, path);
      return { path, bytes: bytes.length, graph, opaque: [] };
    }
    let size = bytes.length;
    const external = externalReader(path, (read) => (size += read));
    const onnx = openOnnx(bytes, { what: path, shapes: given, external });
    return { path, bytes: size, graph: onnx.graph, opaque: onnx.opaque, onnx };
  };
  return blameShapes(
    shapes,
    () => open(shapes),
    () => open({}),
  );
}

/**
 * Makes something with what `--shape` gives. Where that fails, and nothing fails without it, `--shape` is what is
 * wrong: throws wrong usage.
 */
export function blameShapes<T>(shapes: Shapes, withThem: () => T, without: () => T): T {
  try {
    return withThem();
  } catch (error) {
    if (!(error instanceof ReparamError) || Object.keys(shapes).length === 0) throw error;
    if (!works(without)) throw error;
    throw usageError(`--shape does not fit: ${error.message}`);
  }
}

function works(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

function loadGraph(bytes: Uint8Array, path: string): Graph {
  const { metadata } = parseSafetensors(bytes, { what: path });
  if (metadata.has(GRAPH_KEY)) return load(bytes, { what: path });
  const remedy = `make a model of them first: reparam convert --arch NAME ${path} -o model.onnx`;
  throw new ReparamError('file', `${path} holds no graph, only tensors; ${remedy}`, path);
}

/** The graph with its open sizes fixed. */
function withShapes(graph: Graph, shapes: Shapes, path: string): Graph {
  const dims: Record<string, number> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const input = graph.inputs.find(({ id }) => id === name);
    const refuse = (reason: string) => new ReparamError('file', `${path}: ${reason}`, path);
    if (!input) {
      const names = graph.inputs.map(({ id }) => `"${id}"`).join(', ');
      throw refuse(`there is no input "${name}" to give a shape; it has ${names}`);
    }
    const fits = (size: Shape[number], i: number) =>
      input.shape[i] === size || (typeof input.shape[i] === 'string' && typeof size === 'number');
    if (shape.length !== input.shape.length || !shape.every(fits)) {
      throw refuse(
        `the input "${name}" is [${input.shape.join()}] and cannot be [${shape.join()}]`,
      );
    }
    input.shape.forEach((size, i) => {
      const given = shape[i]!;
      if (typeof size === 'string' && typeof given === 'number') dims[size] = given;
    });
  }
  return specialise(graph, dims);
}

const writers: Readonly<
  Record<string, (file: ModelFile, graph: Graph, path: string) => FileToWrite[]>
> = {
  '.onnx'({ onnx }, graph, path) {
    const options = { what: path, externalName: `${basename(path)}.data` };
    const { model, external } = onnx ? onnx.write(graph, options) : exportOnnx(graph, options);
    const weights = external && {
      path: siblingOf(path, external.name),
      chunks: external.chunks,
    };
    // The weights first: there is no time at which the model is there and they are not.
    return [...(weights ? [weights] : []), { path, chunks: [model] }];
  },
  '.safetensors'({ opaque }, graph, path) {
    if (opaque.length === 0) return [{ path, chunks: [save(graph)] }];
    const names = opaque.map(({ op, name }) => `${op} "${name}"`).join(', ');
    const message = `only an .onnx file can keep what reparam does not know: ${names}`;
    throw new ReparamError('file', `cannot write ${path}: ${message}`, path);
  },
};

export const modelExtensions = Object.keys(writers);

/** Throws wrong usage, or a `file` error, where no model can be written there. */
export async function expectModelOutput(path: string): Promise<void> {
  if (!modelExtensions.includes(extname(path).toLowerCase())) {
    throw usageError(
      `'${path}' must end in ${modelExtensions.join(' or ')}, which says what format to write`,
    );
  }
  await expectOutput(path);
}

/** The files that hold the graph in the place of the one that the model file has, by the extension of `path`. */
export const encodeModel = (file: ModelFile, graph: Graph, path: string): FileToWrite[] =>
  writers[extname(path).toLowerCase()]!(file, graph, path);

/** A file of a graph that was made, not read. */
export const madeModel = (graph: Graph): ModelFile => ({
  path: graph.name,
  bytes: 0,
  graph,
  opaque: [],
});

/** Throws a `file` error that lists the nodes that cannot run on the GPU, if there are any. */
export function expectRunnable({ path, opaque }: ModelFile): void {
  if (opaque.length === 0) return;
  const list = listOpaque(opaque)
    .map((line) => `\n${line}`)
    .join('');
  const count = opaque.length === 1 ? '1 node' : `${opaque.length} nodes`;
  const message = `${path}: ${count} cannot run on the GPU; optimize keeps them, and an ONNX runtime runs the result:${list}`;
  throw new ReparamError('file', message, path);
}
