"""Writes fixtures and their manifest."""
import json
import struct
from pathlib import Path

import torch

FOLDER = Path(__file__).parent.parent.parent / 'test' / 'fixtures' / 'onnx' / 'features'
MANIFEST = {}
TYPES = {torch.float32: 'F32', torch.float64: 'F64'}


def write_safetensors(path, tensors):
    header, data = {}, b''
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {'dtype': TYPES[tensor.dtype], 'shape': list(tensor.shape),
                        'data_offsets': [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(',', ':'), ensure_ascii=False).encode()
    text += b' ' * (-len(text) % 8)
    path.write_bytes(struct.pack('<Q', len(text)) + text + data)


def recorded(tensor, dtype):
    """Integers and truth values are kept as float64."""
    return tensor.to(dtype if tensor.is_floating_point() else torch.float64)


def fixture(name, what, model, inputs, outputs, *, convs=4, convs_after=2, dtype=torch.float32, **facts):
    """
    facts: `opaque`, operators that stay as they are; `referee`, which files ONNX Runtime can run (`both`,
    where not given; `written`, only what is written; `none`); `tolerance` of outputs, relative; `external`,
    the names of files with weights; `weights`, the type that weights keep.
    """
    data = model if isinstance(model, bytes) else model.SerializeToString()
    (FOLDER / f'{name}.onnx').write_bytes(data)
    tensors = {f'input {key}': recorded(value, dtype) for key, value in inputs.items()}
    tensors.update({f'output {key}': recorded(value, dtype) for key, value in outputs.items()})
    write_safetensors(FOLDER / f'{name}.safetensors', tensors)
    MANIFEST[name] = {'what': what, 'convs': convs, 'convsAfter': convs_after, **facts}


def write_manifest():
    lines = [f'  {json.dumps(name)}: {json.dumps(facts)}' for name, facts in MANIFEST.items()]
    (FOLDER / 'manifest.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f'{len(MANIFEST)} fixtures, {size} bytes: {FOLDER}')
