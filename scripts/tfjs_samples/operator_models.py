"""graph-models whose functions have many operators: every row of the importer has a sample."""
import numpy as np

from . import conversion  # noqa: F401  first: it prepares what the converter imports

import tensorflow as tf  # noqa: E402

from .graph_models import drawn, function_sample, spec  # noqa: E402

raw = tf.raw_ops


def weights(*shapes):
    random = np.random.default_rng(3)
    return [tf.Variable(drawn(random, *shape)) for shape in shapes]


class Elementary(tf.Module):
    """Functions of one and two numbers."""

    def __init__(self):
        super().__init__()
        self.w, self.v = weights((3, 4), (4,))

    @tf.function(input_signature=[spec(None, 3, name="x"), spec(None, 4, name="y")])
    def __call__(self, x, y):
        a = tf.matmul(x, self.w)
        s = 0.9 * tf.tanh(a)
        p = 1.2 + tf.square(y)
        parts = [tf.acos(s), tf.acosh(p), tf.asin(s), tf.asinh(a), tf.atan(a), tf.atanh(s),
                 tf.cos(a), tf.cosh(a), tf.math.erf(a), tf.math.erfc(a), tf.exp(a), tf.math.log(p),
                 tf.sin(a), tf.sinh(a), tf.tan(s), raw.Reciprocal(x=p), raw.Inv(x=p),
                 tf.nn.selu(a), tf.nn.softsign(a), tf.nn.log_softmax(a), tf.nn.relu6(4.0 * a),
                 tf.nn.elu(a), tf.nn.leaky_relu(a, 0.3), tf.sigmoid(a), tf.nn.softplus(a),
                 tf.pow(p, a), tf.math.xlogy(p, p), raw.Div(x=a, y=p), a / p,
                 tf.math.divide_no_nan(a, tf.nn.relu(y)), tf.maximum(a, y), tf.minimum(a, y),
                 tf.math.atan2(a, y), tf.clip_by_value(a, -0.4, 0.3),
                 raw.AddN(inputs=[a, y, p]), raw.Add(x=a, y=self.v), tf.math.cumprod(p, axis=1),
                 tf.negative(tf.abs(a)), tf.math.rsqrt(p), tf.sqrt(p), tf.math.expm1(3.0 * a),
                 tf.math.log1p(p), tf.stop_gradient(a) * y, tf.zeros_like(a), tf.ones_like(a),
                 tf.math.floormod(p, 0.7), tf.nn.softmax(tf.transpose(a)[:, :, tf.newaxis] * y,
                                                         axis=-1)[0] * 1.0]
        steps = [tf.round(4.0 * a), raw.Rint(x=4.0 * a), tf.sign(a), tf.math.ceil(4.0 * a),
                 tf.math.floor(4.0 * a), tf.math.floordiv(p, 0.7)]
        return {"all": tf.concat(parts, axis=1), "steps": tf.concat(steps, axis=1)}


def elementary_cases(random):
    return {"a": {"x": drawn(random, 3, 3, scale=1), "y": drawn(random, 3, 4, scale=1)}}


class Logic(tf.Module):
    """Whole numbers, truth and places."""

    def __init__(self):
        super().__init__()
        self.w, = weights((4, 4))

    @tf.function(input_signature=[spec(None, 4, name="x"), spec(6, dtype=tf.int32, name="i"),
                                  spec(6, dtype=tf.int32, name="j")])
    def __call__(self, x, i, j):
        a = tf.matmul(x, self.w)
        bad = tf.stack([a[0, 0] / 0.0, a[0, 1] * 0.0 / 0.0, a[0, 2]])
        whole = [i // j, tf.math.floormod(i, j), raw.Mod(x=i, y=j), raw.TruncateDiv(x=i, y=j),
                 raw.TruncateMod(x=i, y=j), tf.bitwise.bitwise_and(i, j),
                 tf.bitwise.bitwise_or(i, j), tf.bitwise.bitwise_xor(i, j), tf.bitwise.invert(i),
                 i * j - i + j, tf.maximum(i, j), tf.minimum(i, j), tf.abs(i), tf.sign(i),
                 tf.math.cumsum(i), tf.range(6) * tf.size(x), tf.where(i > j, i, j)]
        truth = [tf.equal(i, j), tf.not_equal(i, j), i >= j, i <= j, i < j, i > j,
                 tf.logical_not(i > j), tf.logical_or(i > 2, j > 2), tf.math.logical_xor(i > 2, j > 2),
                 tf.logical_and(i > 0, j > 0)]
        rows = raw.Select(condition=x[:, 0] > 0.0, x=a, y=-2.0 * a)
        value, index = tf.unique(i)
        value_2, index_2 = raw.UniqueV2(x=j, axis=tf.constant([0]))
        return {"rows": rows, "whole": tf.stack(whole), "truth": tf.stack(truth),
                "nan": tf.math.is_nan(bad), "inf": tf.math.is_inf(bad),
                "finite": tf.math.is_finite(bad), "all": tf.reduce_all(a > -1.0, axis=0),
                "most": tf.argmax(a, axis=1), "least": tf.argmin(a, axis=1, output_type=tf.int32),
                "where": tf.where(a > 0.0), "value": value, "index": index,
                "value_2": value_2, "index_2": index_2,
                "cast": tf.cast(tf.cast(4.0 * a, tf.int32), tf.bool),
                "lower": tf.searchsorted(tf.sort(a), a[:, :2] * 0.9),
                "upper": tf.searchsorted(tf.sort(a), a[:, :2] * 0.9, side="right")}


def logic_cases(random):
    return {"a": {"x": drawn(random, 3, 4, scale=1),
                  "i": np.array([7, -7, 7, -7, 0, 3], np.int32),
                  "j": np.array([2, 2, -2, -2, 5, 3], np.int32)}}


class Places(tf.Module):
    """Gathering, scattering and shapes that are computed."""

    def __init__(self):
        super().__init__()
        self.w, self.v = weights((5, 3), (3,))

    @tf.function(input_signature=[spec(None, 4, 3, name="x"), spec(3, dtype=tf.int32, name="i")])
    def __call__(self, x, i):
        n = tf.shape(x)[0]
        a = tf.reduce_min(x * self.v, axis=1)
        b = tf.gather_nd(self.w, tf.stack([i, i - tf.range(3)], axis=1)[:, :1])
        c = tf.scatter_nd(i[:, tf.newaxis], tf.gather(self.w, [0, 4, 2]), [5, 3])
        d = tf.tensor_scatter_nd_update(self.w, i[:, tf.newaxis], b)
        d = tf.tensor_scatter_nd_add(d, i[:, tf.newaxis], b)
        e = tf.slice(x, [0, 1, 0], [-1, 2, 3]) + tf.slice(x, tf.stack([0, i[1], 0]), [n, 2, 3])
        e = tf.reverse(e, [1]) + raw.Reverse(tensor=e, dims=tf.constant([False, False, True]))
        f = tf.broadcast_to(self.v, tf.stack([n, 4, 3])) * tf.fill(tf.stack([n, 1, 1]), 0.5)
        f = tf.ensure_shape(f, [None, 4, 3])
        g = tf.gather(x, tf.tile(i[tf.newaxis], [n, 1]), axis=1, batch_dims=1)
        h = tf.pad(x, [[0, 0], [1, 0], [0, 2]], constant_values=0.25)
        k = raw.SparseToDense(sparse_indices=i[:, tf.newaxis], output_shape=[6], sparse_values=self.v,
                              default_value=0.1)
        m = tf.reshape(x, tf.stack([n, -1]))[:, tf.newaxis, 1:10:4]
        q, r = tf.split(x, 2, axis=1)
        s = raw.Concat(concat_dim=1, values=[q, 2.0 * r])
        t = tf.linspace(self.v[0], 2.0, 4)
        u = raw.IdentityN(input=[t, 3.0 * t])
        v = tf.debugging.check_numerics(raw.Snapshot(input=tf.stack(u)), "")
        w = raw.Gather(params=self.w, indices=i)
        shape = raw.BroadcastArgs(s0=tf.stack([n, 1]), s1=tf.stack([1, i[2]]))
        z = raw.BatchMatMul(x=x, y=f, adj_y=True) + raw.BatchMatMulV3(x=x, y=f, Tout=tf.float32,
                                                                      adj_y=True)
        y = raw.EuclideanNorm(input=h, axis=[1, 2])
        return {"sum": tf.concat([tf.reshape(p, [-1]) for p in
                                  [a, b, c, d, e, f, g, h, k, m, s, v, w, y, z]], axis=0),
                "shape": shape, "shapes": tf.stack(tf.shape_n([x, f])),
                "size": tf.size(x, out_type=tf.int64)}


def place_cases(random):
    return {"a": {"x": drawn(random, 2, 4, 3, scale=1), "i": np.array([0, 1, 3], np.int32)}}


class Volumes(tf.Module):
    """Three spatial axes, boxes, and normalizations of old versions."""

    def __init__(self):
        super().__init__()
        self.f, self.d, self.s = weights((2, 3, 2, 2, 3), (3, 2, 3, 2), (6,))

    @tf.function(input_signature=[spec(None, 4, 5, 4, 2, name="x"), spec(5, 4, name="boxes"),
                                  spec(5, name="scores")])
    def __call__(self, x, boxes, scores):
        a = tf.nn.conv3d(x, self.f, [1, 1, 2, 1, 1], "SAME")
        b = tf.nn.max_pool3d(a, 2, 1, "SAME") + tf.nn.avg_pool3d(a, 3, 1, "SAME")
        c = tf.nn.depthwise_conv2d(b[:, 0], self.d, [1, 1, 1, 1], "SAME")
        mean, scale = 0.1 * self.s, 1.0 + tf.square(self.s)
        d = raw.FusedBatchNorm(x=tf.tanh(c), scale=scale, offset=mean, mean=mean, variance=scale,
                               is_training=False)[0]
        e = raw.FusedBatchNormV2(x=tf.sin(c), scale=scale, offset=mean, mean=mean, variance=scale,
                                 is_training=False)[0]
        kept = raw.NonMaxSuppressionV3(boxes=boxes, scores=scores, max_output_size=3,
                                       iou_threshold=0.3, score_threshold=0.0)
        more = raw.NonMaxSuppressionV2(boxes=boxes, scores=scores, max_output_size=3,
                                       iou_threshold=0.3)
        return {"left": b, "right": d + e, "kept": kept, "more": more}


def volume_cases(random):
    corners = np.array([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [2, 2, 3, 3], [0, 0, 0.9, 1], [5, 5, 6, 6]],
                       np.float32)
    return {"a": {"x": drawn(random, 2, 4, 5, 4, 2), "boxes": corners,
                  "scores": np.array([0.9, 0.8, 0.5, 0.95, -0.1], np.float32)}}


class Plain(tf.Module):
    """What the converter would rewrite."""

    def __init__(self):
        super().__init__()
        self.w, self.v = weights((4, 3), (3,))

    @tf.function(input_signature=[spec(None, 4, name="x"), spec(2, 5, 6, 3, name="image"),
                                  spec(6, dtype=tf.int32, name="i")])
    def __call__(self, x, image, i):
        a = raw.CheckNumerics(tensor=tf.matmul(x, self.w), message="")
        b, c = raw.IdentityN(input=[a, 2.0 * a])
        lower, upper = tf.constant(-0.4), tf.constant(0.3)
        b = raw.ClipByValue(t=b, clip_value_min=lower, clip_value_max=upper)
        c = c * tf.stop_gradient(tf.round(4.0 * a)) * tf.cast(raw.Rank(input=image), tf.float32)
        d = raw.LinSpace(start=0.3, stop=2.5, num=5)
        e = raw.Range(start=0.5, limit=3.0, delta=0.7)
        scale = 1.0 + tf.square(self.v)
        mean, variance = tf.constant([0.1, 0.2, -0.3]), tf.constant([0.9, 1.1, 1.3])
        f = raw.FusedBatchNorm(x=image, scale=scale, offset=self.v, mean=mean, variance=variance,
                               is_training=False)[0]
        g = raw.FusedBatchNormV2(x=image, scale=scale, offset=self.v, mean=mean,
                                 variance=variance, is_training=False)[0]
        h = raw.EmptyTensorList(element_shape=[-1, 3], max_num_elements=4,
                                element_dtype=tf.float32)
        h = raw.TensorListPushBack(input_handle=h, tensor=a)
        h = raw.TensorListPushBack(input_handle=h, tensor=2.0 * a)
        h = raw.TensorListPushBack(input_handle=h, tensor=tf.square(a))
        shape = tf.constant([-1, 3])
        h, last = raw.TensorListPopBack(input_handle=h, element_shape=shape,
                                        element_dtype=tf.float32)
        stacked = raw.TensorListStack(input_handle=h, element_shape=shape,
                                      element_dtype=tf.float32)
        joined = raw.TensorListConcatV2(input_handle=h, element_shape=shape, leading_dims=[],
                                        element_dtype=tf.float32)[0]
        placed = raw.TensorListScatterV2(tensor=self.w, indices=[3, 0, 1, 2], element_shape=[3],
                                         num_elements=-1)
        picked = raw.TensorListGather(input_handle=placed, indices=[2, 0], element_shape=[3],
                                      element_dtype=tf.float32)
        flat = [b, c, d, e, last, stacked, joined, picked]
        return {"flat": tf.concat([tf.reshape(t, [-1]) for t in flat], axis=0), "left": f + g,
                "length": raw.TensorListLength(input_handle=h),
                "range": raw.Range(start=raw.Snapshot(input=i[1]), limit=i[0], delta=2),
                "xor": raw.LogicalOr(x=i > 2, y=i < 0)}


def plain_cases(random):
    return {"a": {"x": drawn(random, 2, 4), "image": drawn(random, 2, 5, 6, 3),
                  "i": np.array([7, -7, 7, -7, 0, 3], np.int32)}}


def whole(x):
    """Where TensorFlow has no gradient."""
    return tf.cast(x, tf.int32)


class Counting(tf.Module):
    """Segments, counts, differences of lists, and crops of images."""

    def __init__(self):
        super().__init__()
        self.w, = weights((6, 3))

    @tf.function(input_signature=[spec(6, 3, name="x"), spec(6, dtype=tf.int32, name="i"),
                                  spec(2, 5, 6, 3, name="image"), spec(4, 4, name="boxes"),
                                  spec(4, name="scores")])
    def __call__(self, x, i, image, boxes, scores):
        a = x * self.w
        ids = tf.constant([0, 0, 1, 1, 1, 3])
        parts = [tf.math.segment_sum(a, ids), tf.math.unsorted_segment_sum(a, i, 5),
                 raw.SparseSegmentSum(data=a, indices=i, segment_ids=ids),
                 raw.SparseSegmentMean(data=a, indices=i, segment_ids=ids)]
        crops = tf.image.crop_and_resize(image, boxes, tf.constant([0, 1, 1, 0]), [3, 4],
                                         extrapolation_value=0.5)
        one = tf.image.crop_and_resize(image, boxes, tf.constant([1, 1, 0, 0]), [1, 2])
        none, shares = tf.constant([], tf.float32), tf.constant(np.arange(6, dtype=np.float32))
        kept, scored, valid = raw.NonMaxSuppressionV5(
            boxes=boxes, scores=scores, max_output_size=3, iou_threshold=0.3, score_threshold=0.0,
            soft_nms_sigma=0.0)
        padded, count = raw.NonMaxSuppressionV4(
            boxes=boxes, scores=scores, max_output_size=5, iou_threshold=0.3, score_threshold=0.0,
            pad_to_max_output_size=True)
        left, places = raw.ListDiff(x=i, y=tf.constant([2, 0, 9]))
        return {"sums": tf.concat(parts, axis=0), "crops": crops, "one": one,
                "counts": whole(raw.Bincount(arr=i, size=4, weights=none)),
                "weighted": whole(raw.DenseBincount(input=i, size=5, weights=shares)),
                "found": whole(raw.DenseBincount(input=i, size=6, weights=none,
                                                 binary_output=True)),
                "kept": kept, "scored": whole(100.0 * scored), "valid": valid, "padded": padded, "count": count,
                "left": left, "places": places}


def counting_cases(random):
    corners = np.array([[0.03, 0.01, 0.94, 0.97], [0.1, 0.23, 0.7, 0.9], [0.6, 0.83, 0.2, 0.1],
                        [-0.2, 0.3, 0.6, 1.3]], np.float32)
    return {"a": {"x": drawn(random, 6, 3), "i": np.array([4, 0, 2, 2, 1, 0], np.int32),
                  "image": drawn(random, 2, 5, 6, 3), "boxes": corners,
                  "scores": np.array([0.9, 0.8, 0.5, 0.7], np.float32)}}


ALL = ["--skip_op_check"]
SAMPLES = {
    "graph_elementary": function_sample(Elementary, elementary_cases, ALL),
    "graph_logic": function_sample(Logic, logic_cases, ALL),
    "graph_places": function_sample(Places, place_cases, ALL),
    "graph_plain": function_sample(Plain, plain_cases, as_it_is=True),
    "graph_counting": function_sample(Counting, counting_cases, ALL),
    "graph_volumes": function_sample(Volumes, volume_cases, ALL),
}
