#!/usr/bin/env python3
"""Records what PyTorch computes from a model as a bundle for `twingrad check`. See --help."""
import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from capture import options as shared  # noqa: E402
from capture.bundle import Bundle  # noqa: E402
from capture.cases import add_cases  # noqa: E402
from capture.errors import CaptureError, run, short  # noqa: E402

EXAMPLE = """  capture_torch.py torchvision.models:resnet18 --inputs images.npz -o resnet18 \\
      --arguments '{"num_classes": 10}' --steps 3 --optimizer adam --set lr=0.001"""


def main():
    parser = shared.shared_parser("capture_torch.py", "PyTorch", EXAMPLE)
    parser.add_argument("--weights", metavar="FILE",
                        help="a state_dict to load: .pt, .pth or .safetensors")
    parser.add_argument("--opset", type=int, default=17,
                        help="of the exported ONNX model (default: 17)")
    options = shared.parse(parser)
    try:
        import onnx  # noqa: F401
        import torch
    except ImportError as error:
        raise CaptureError(f"needs the packages torch, onnx and numpy: {short(error)}") from error
    from capture.torch_subject import Subject
    torch.set_num_threads(1)
    # The fused encoder layers compute without the functions that are recorded.
    torch.backends.mha.set_fastpath_enabled(False)
    bundle = Bundle("torch", torch.__version__.split("+")[0], options.precision, "torch", threads=1,
                    script="capture_torch.py", factory=options.factory, seed=options.seed)
    add_cases(bundle, Subject(options), options)
    return shared.finish(bundle, options)


if __name__ == "__main__":
    run(main)
