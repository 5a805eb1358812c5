#!/usr/bin/env python3
"""Writes test/fixtures/onnx/features: small ONNX files, each with a feature of its own, and recorded results.

    python3 scripts/make-onnx-fixtures.py

Needs PyTorch 1.13 and onnx 1.12 (Debian: python3-torch, python3-onnx); only needed when a fixture is added.
The results are PyTorch's, in float64 with the weights of the file. The same seeds give the same files.
"""
from onnx_fixtures import custom, exported, exporters, files, functions, opaque, weights
from onnx_fixtures.store import FOLDER, write_manifest


def main():
    FOLDER.mkdir(exist_ok=True)
    for part in (exported, weights, functions, custom, opaque, files, exporters):
        part.make()
    write_manifest()


main()
