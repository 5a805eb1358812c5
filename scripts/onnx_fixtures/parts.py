"""Parts of the network as ONNX nodes, for files that no exporter writes."""
from onnx import TensorProto, helper, numpy_helper

from .network import NETWORK

STATISTICS = ('weight', 'bias', 'running_mean', 'running_var')


class Parts:
    """Nodes and weights of a file. Every method adds nodes that make a value, and gives its name."""

    def __init__(self, network=NETWORK):
        self.nodes = []
        self.weights = []
        self.network = network

    def node(self, op, inputs, y, domain=None, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [y], name=f'{y}/{op}', domain=domain, **attributes))
        return y

    def tensor(self, name, tensor):
        self.weights.append(numpy_helper.from_array(tensor.detach().numpy(), name))
        return name

    def ints(self, name, values):
        self.weights.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))
        return name

    def norm(self, x, y, part):
        names = [self.tensor(f'{y}.{key}', getattr(part, key)) for key in STATISTICS]
        return self.node('BatchNormalization', [x, *names], y)

    def conv_bn(self, x, y, part):
        conv, norm = part
        weight = self.tensor(f'{y}.kernel', conv.weight)
        pads = list(conv.padding) * 2
        z = self.node('Conv', [x, weight], f'{y}.conv', kernel_shape=list(conv.kernel_size), pads=pads,
                      strides=list(conv.stride))
        return self.norm(z, y, norm)

    def sum(self, x, y, block):
        branches = [self.conv_bn(x, f'{y}.dense', block.dense), self.conv_bn(x, f'{y}.small', block.small)]
        if block.same is None:
            return self.node('Add', branches, y)
        two = self.node('Add', branches, f'{y}.two')
        return self.node('Add', [two, self.norm(x, f'{y}.same', block.same)], y)

    def first(self, x, y='first'):
        return self.node('Relu', [self.sum(x, f'{y}.sum', self.network.first)], y)

    def second(self, x, y='second'):
        return self.node('Relu', [self.sum(x, f'{y}.sum', self.network.second)], y)

    def head(self, x, y='y'):
        pooled = self.node('GlobalAveragePool', [x], f'{y}.pooled')
        flat = self.node('Flatten', [pooled], f'{y}.flat', axis=1)
        head = self.network.head
        weights = [self.tensor('head.weight', head.weight), self.tensor('head.bias', head.bias)]
        return self.node('Gemm', [flat, *weights], y, transB=1)

    @staticmethod
    def info(value):
        if hasattr(value, 'name'):
            return value
        name, shape = value
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    def model(self, outputs=(('y', [2, 3]),), inputs=(('x', [2, 4, 9, 7]),), opset=13, domains=(), functions=(),
              values=(), ir_version=7):
        infos = [[self.info(value) for value in part] for part in (inputs, outputs, values)]
        graph = helper.make_graph(self.nodes, 'network', infos[0], infos[1], self.weights, value_info=infos[2])
        imports = [helper.make_opsetid('', opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
        model = helper.make_model(graph, opset_imports=imports, functions=list(functions), producer_name='fixtures')
        model.ir_version = ir_version
        return model
