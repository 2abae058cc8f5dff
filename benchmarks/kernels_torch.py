#!/usr/bin/env python3
"""PyTorch's times for the cases of kernels_benchmark.cpp, by the same names.

    python kernels_torch.py [substring]      prints NAME/THREADS and microseconds (the fastest of many runs)

Not part of the product: the figures of kernels.md come from it.
"""
import sys
import time

import torch
import torch.nn.functional as F


def cases():
    """Yields (name, function without arguments). Every case makes its own data."""
    for name, m, n, k, ta, tb in [
        ("64x512x784_nt", 64, 512, 784, 0, 1), ("64x784x512_nn", 64, 784, 512, 0, 0),
        ("512x784x64_tn", 512, 784, 64, 1, 0), ("64x256x512_nt", 64, 256, 512, 0, 1),
        ("32x128x9216_nt", 32, 128, 9216, 0, 1), ("32x9216x128_nn", 32, 9216, 128, 0, 0),
        ("128x9216x32_tn", 128, 9216, 32, 1, 0), ("8x1000x512_nt", 8, 1000, 512, 0, 1),
        ("1x4096x4096_nt", 1, 4096, 4096, 0, 1), ("512x512x512_nn", 512, 512, 512, 0, 0),
        ("1024x1024x1024_nn", 1024, 1024, 1024, 0, 0)]:
        a = torch.randn(k, m).t() if ta else torch.randn(m, k)
        b = torch.randn(n, k).t() if tb else torch.randn(k, n)
        out = torch.empty(m, n)
        yield "gemm/" + name, lambda a=a, b=b, out=out: torch.mm(a, b, out=out)
    for name, n, c, h, o, k, s, p in [
        ("32x1x28-32k3", 32, 1, 28, 32, 3, 1, 0), ("32x32x26-64k3", 32, 32, 26, 64, 3, 1, 0),
        ("8x3x224-64k7s2", 8, 3, 224, 64, 7, 2, 3), ("8x64x56-64k3", 8, 64, 56, 64, 3, 1, 1),
        ("8x64x56-128k3s2", 8, 64, 56, 128, 3, 2, 1), ("8x64x56-128k1s2", 8, 64, 56, 128, 1, 2, 0),
        ("8x128x28-128k3", 8, 128, 28, 128, 3, 1, 1), ("8x128x28-256k3s2", 8, 128, 28, 256, 3, 2, 1),
        ("8x128x28-256k1s2", 8, 128, 28, 256, 1, 2, 0), ("8x256x14-256k3", 8, 256, 14, 256, 3, 1, 1),
        ("8x256x14-512k3s2", 8, 256, 14, 512, 3, 2, 1), ("8x256x14-512k1s2", 8, 256, 14, 512, 1, 2, 0),
        ("8x512x7-512k3", 8, 512, 7, 512, 3, 1, 1)]:
        x, w, b = torch.randn(n, c, h, h), torch.randn(o, c, k, k), torch.randn(o)
        out = (h + 2 * p - k) // s + 1
        dy = torch.randn(n, o, out, out)
        yield "conv/" + name, lambda x=x, w=w, b=b, s=s, p=p: F.conv2d(x, w, b, s, p)
        for kind, mask in (("data", [True, False, False]), ("weight", [False, True, False])):
            yield f"conv_{kind}_gradient/" + name, lambda dy=dy, x=x, w=w, o=o, s=s, p=p, mask=mask: (
                torch.ops.aten.convolution_backward(dy, x, w, [o], [s, s], [p, p], [1, 1], False, [0, 0], 1, mask))
    for n, c, i in [(8, 64, 12544), (8, 64, 3136), (8, 512, 49)]:
        x, dy, g = torch.randn(n, c, i, 1), torch.randn(n, c, i, 1), torch.randn(c)
        mean, inverse, var = torch.randn(c), torch.rand(c), torch.ones(c)
        yield f"batch_norm/{n}x{c}x{i}", lambda x=x, g=g: torch.native_batch_norm(
            x, g, g, None, None, True, 0.1, 1e-5)
        yield f"batch_norm_gradient/{n}x{c}x{i}", lambda x=x, dy=dy, g=g, mean=mean, inverse=inverse, var=var: (
            torch.ops.aten.native_batch_norm_backward(
                dy, x, g, mean, var, mean, inverse, True, 1e-5, [True, True, True]))
    for name, n, c, h, k, s, p in [("8x64x112k3s2", 8, 64, 112, 3, 2, 1), ("32x64x24k2s2", 32, 64, 24, 2, 2, 0)]:
        x = torch.randn(n, c, h, h)
        y, index = F.max_pool2d(x, k, s, p, return_indices=True)
        yield "max_pool/" + name, lambda x=x, k=k, s=s, p=p: F.max_pool2d(x, k, s, p, return_indices=True)
        yield "max_pool_gradient/" + name, lambda x=x, y=y, index=index, k=k, s=s, p=p: (
            torch.ops.aten.max_pool2d_with_indices_backward(y, x, [k, k], [s, s], [p, p], [1, 1], False, index))
    for n in (64 * 1024, 8 * 1024 * 1024):
        x, y, out = torch.rand(n) * 2 - 1, torch.rand(n), torch.empty(n)
        yield f"add/{n}", lambda x=x, y=y, out=out: torch.add(x, y, out=out)
        yield f"relu_gradient/{n}", lambda x=x, y=y: torch.ops.aten.threshold_backward(y, x, 0)
        for name in ("relu", "exp", "log", "tanh", "sigmoid", "erf"):
            if name == "relu":
                yield f"relu/{n}", lambda x=x, out=out: torch.clamp_min(x, 0, out=out)
            else:
                yield f"{name}/{n}", lambda f=getattr(torch, name), x=x, out=out: f(x, out=out)
    x = torch.randn(1024, 1000)
    yield "softmax/1024x1000", lambda x=x: torch.softmax(x, 1)
    x = torch.randn(1024, 1024)
    yield "sum_columns/1024x1024", lambda x=x: x.sum(0)
    yield "sum_rows/1024x1024", lambda x=x: x.sum(1)


def fastest(run, seconds=0.3):
    run()
    best, begin = float("inf"), time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    with torch.no_grad():
        for name, run in cases():
            if wanted in name:
                for threads in (1, 2):
                    torch.set_num_threads(threads)
                    print(f"{name}/{threads} {fastest(run) * 1e6:.1f}", flush=True)


if __name__ == "__main__":
    main()
