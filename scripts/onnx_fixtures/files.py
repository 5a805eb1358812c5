"""What else files have: documentation, names and orders."""
from onnx import shape_inference

from .network import X, exact, export
from .store import fixture

Y = {'y': exact()(X.double())}
ODD = ['', ' ', 'a b', '"', '\\', '%x', '//', '__proto__', 'constructor', 'toString', 'line\nbreak', 'é', '重み', '💡',
       '10', 'x: f32[1]', '{', '@n', '-0', 'tab\t']


def documented():
    model = shape_inference.infer_shapes(export(13))
    graph = model.graph
    model.doc_string, model.domain, model.model_version = 'What the model is for.\n', 'org.example', 7
    for key, value in (('author', 'Ж. Example'), ('labels', '["a", "b"]'), ('empty', '')):
        model.metadata_props.add(key=key, value=value)
    graph.doc_string, graph.name = 'The graph.', 'a network, documented'
    graph.input[0].doc_string, graph.output[0].doc_string = 'An image, [N, C, H, W].', 'Logits.'
    graph.input[0].type.denotation = 'IMAGE'
    for value, words in zip(graph.input[0].type.tensor_type.shape.dim, ('BATCH', 'CHANNEL', 'HEIGHT', 'WIDTH')):
        value.denotation = f'DATA_{words}'
    for value in graph.value_info:
        value.doc_string = f'The shape of "{value.name}".'
    for node in graph.node:
        node.doc_string = f'This is the {node.op_type} in "{node.name}".'
    fixture('documented', 'metadata, documentation, denotations and shapes wherever they can be', model, {'x': X}, Y)


def unnamed():
    model = export(13)
    for node in model.graph.node:
        node.ClearField('name')
    fixture('unnamed-nodes', 'nodes without names', model, {'x': X}, Y)


def unordered():
    model = export(13)
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    fixture('unordered', 'nodes in reverse order, which ONNX does not allow', model, {'x': X}, Y, referee='written')


def rename(model, names):
    """Gives values other names."""
    graph = model.graph
    for node in graph.node:
        for part in (node.input, node.output):
            part[:] = [names.get(name, name) for name in part]
    for part in (graph.initializer, graph.input, graph.output, graph.value_info):
        for value in part:
            value.name = names.get(value.name, value.name)


def odd_names():
    model = export(13)
    graph = model.graph
    values = ['x', 'y', *(weight.name for weight in graph.initializer), *(node.output[0] for node in graph.node)]
    names = {}
    for i, value in enumerate(dict.fromkeys(values)):
        odd = ODD[i % len(ODD)]
        names[value] = odd if 0 < i < len(ODD) else f'{odd}{i}'
    rename(model, names)
    for i, node in enumerate(graph.node):
        node.name = ODD[(i + 3) % len(ODD)]
    fixture('odd-names', 'names that printers and tables trip over', model, {names['x']: X}, {names['y']: Y['y']})


def make():
    for write in (documented, unnamed, unordered, odd_names):
        write()
