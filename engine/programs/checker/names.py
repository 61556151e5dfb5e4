"""The allow-lists: every name, attribute and keyword that a program may use. Pure data, no torch.

A name that is not here does not exist for a program. The tests hold each list against the running torch.
"""
# ruff: noqa: E501 (tables and messages, one a line)

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Element by element, of one tensor.
_UNARY = _words(
    "abs absolute acos arccos acosh arccosh asin arcsin asinh arcsinh atan arctan atanh arctanh ceil cos cosh deg2rad digamma "
    "erf erfc erfinv exp exp2 expm1 fix floor frac i0 lgamma log log10 log1p log2 logit mvlgamma nan_to_num neg negative "
    "polygamma rad2deg reciprocal round rsqrt sgn sigmoid sign sin sinc sinh sqrt square tan tanh trunc clamp clip clamp_max "
    "clamp_min"
)
# Element by element, of two or three tensors.
_BINARY = _words(
    "add sub subtract mul multiply div divide true_divide floor_divide remainder fmod pow float_power atan2 arctan2 copysign "
    "hypot ldexp lerp xlogy addcdiv addcmul"
)
_BINARY_OUT_OF_PLACE = _words("maximum minimum fmax fmin logaddexp logaddexp2")
_COMPARE = _words(
    "eq ne lt le gt ge greater greater_equal less less_equal not_equal logical_and logical_or logical_not logical_xor "
    "bitwise_and bitwise_or bitwise_xor bitwise_not heaviside"
)
_TESTS = _words("isnan isinf isfinite isclose signbit")
_REDUCE = _words(
    "sum mean prod max min amax amin aminmax std var median nanmedian nansum nanmean logsumexp norm dist quantile nanquantile "
    "all any argmax argmin count_nonzero cumsum cumprod cummax cummin logcumsumexp mode kthvalue topk sort argsort msort diff "
    "corrcoef cov trace renorm"
)
_MATRIX = _words(
    "matmul mm bmm mv dot vdot inner outer ger addmm addmv addbmm baddbmm addr kron cross det logdet slogdet inverse pinverse "
    "matrix_power matrix_exp cholesky qr svd tril triu diag diagonal diag_embed diagflat trace"
)
_SHAPE = _words(
    "reshape flatten ravel unflatten squeeze unsqueeze transpose swapaxes swapdims t permute movedim moveaxis flip fliplr flipud "
    "roll rot90 tile broadcast_to clone chunk split tensor_split hsplit vsplit dsplit unbind repeat_interleave positive detach "
    "atleast_1d atleast_2d atleast_3d"
)
_INDEX = _words(
    "gather take take_along_dim index_select masked_select where narrow select scatter scatter_add scatter_reduce index_add "
    "index_copy index_fill index_put masked_fill masked_scatter diagonal_scatter select_scatter slice_scatter"
)
_ACTIVATE = _words("relu prelu softmax log_softmax hardshrink")

ELEMENT_BY_ELEMENT = _UNARY | _BINARY | _BINARY_OUT_OF_PLACE | _COMPARE | _TESTS
"""What returns as many elements as the shape has to which its tensors are spread."""

_SHARED = _UNARY | _BINARY | _BINARY_OUT_OF_PLACE | _COMPARE | _TESTS | _REDUCE | _MATRIX | _SHAPE | _INDEX | _ACTIVATE

CREATION = _words("tensor zeros ones full arange linspace logspace eye randn rand randint randperm")
CREATION_LIKE = _words("zeros_like ones_like full_like randn_like rand_like")

TORCH_FUNCTIONS = (
    _SHARED
    | CREATION
    | CREATION_LIKE
    | _words(
        "cat concat concatenate stack hstack vstack dstack column_stack row_stack meshgrid cartesian_prod block_diag "
        "broadcast_tensors einsum tensordot cdist chain_matmul trapezoid trapz cumulative_trapezoid cosine_similarity "
        "pairwise_distance pdist std_mean var_mean rsub gradient normal bernoulli manual_seed no_grad selu celu rrelu dropout "
        "layer_norm tanh conv1d conv2d conv3d"
    )
)
"""Callable as ``torch.<name>``."""

TORCH_SUBMODULES: dict[str, frozenset[str]] = {
    "autograd": _words("grad"),
    "linalg": _words(
        "norm vector_norm matrix_norm det slogdet inv solve cholesky qr svd svdvals eigh eigvalsh matrix_power multi_dot pinv "
        "cross vecdot diagonal"
    ),
    "special": _words(
        "entr erf erfc erfcx erfinv exp2 expit expm1 digamma psi gammaln i0 i0e i1 i1e log1p log_ndtr log_softmax logit logsumexp "
        "ndtr ndtri polygamma round sinc softmax xlog1py xlogy"
    ),
}
"""Callable as ``torch.<module>.<name>``."""

SCRIPT_MODULES = _words(
    "nn optim utils distributions fft func jit amp cuda backends sparse nested masked distributed fx hub onnx export profiler "
    "futures multiprocessing overrides testing random"
)
SCRIPT_FUNCTIONS = _words(
    "load save from_numpy compile vmap set_grad_enabled inference_mode enable_grad set_default_dtype set_printoptions "
    "set_num_threads is_grad_enabled is_tensor device Generator use_deterministic_algorithms"
)
"""Of torch, what a script may use and a program may not: ``torch.nn.Linear``, ``torch.load``."""

MODULES_OF_TORCH = {"nn": "torch.nn", "optim": "torch.optim", "DataLoader": "torch.utils.data.DataLoader"}
"""What scripts import from torch, and where it is there."""

FUNCTIONAL = _words(
    "relu relu_ relu6 elu elu_ selu selu_ celu celu_ leaky_relu leaky_relu_ prelu rrelu glu gelu logsigmoid hardshrink hardsigmoid "
    "hardswish hardtanh hardtanh_ softplus softmin softmax softshrink softsign tanh tanhshrink sigmoid silu mish threshold "
    "threshold_ log_softmax gumbel_softmax normalize layer_norm rms_norm batch_norm group_norm instance_norm local_response_norm "
    "dropout dropout1d dropout2d alpha_dropout feature_alpha_dropout linear bilinear embedding one_hot pad "
    "scaled_dot_product_attention conv1d conv2d conv3d conv_transpose1d conv_transpose2d avg_pool1d avg_pool2d max_pool1d "
    "max_pool2d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d lp_pool1d lp_pool2d unfold fold "
    "interpolate pixel_shuffle pixel_unshuffle cosine_similarity pairwise_distance pdist binary_cross_entropy "
    "binary_cross_entropy_with_logits cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss huber_loss kl_div poisson_nll_loss "
    "gaussian_nll_loss soft_margin_loss multilabel_soft_margin_loss multilabel_margin_loss multi_margin_loss margin_ranking_loss "
    "hinge_embedding_loss cosine_embedding_loss triplet_margin_loss"
)
"""Callable as ``F.<name>`` and ``torch.nn.functional.<name>``."""

TORCH_CONSTANTS = _words(
    "float32 float float64 double float16 half bfloat16 int64 long int32 int int16 short int8 uint8 bool pi e inf nan"
)
"""Readable as ``torch.<name>``."""

_INPLACE = frozenset(
    f"{name}_"
    for name in (_UNARY - _words("polygamma"))
    | _BINARY
    | _words(
        "polygamma eq ne lt le gt ge logical_and logical_or logical_not logical_xor zero fill normal uniform relu addmm addmv addr "
        "addbmm baddbmm cumsum cumprod tril triu index_add index_copy index_fill index_put masked_fill masked_scatter scatter "
        "scatter_add scatter_reduce fill_diagonal renorm bernoulli"
    )
) | _words("detach_ requires_grad_")

METHODS = (
    _SHARED
    | _INPLACE
    | _words(
        "backward item retain_grad view view_as reshape_as expand expand_as repeat unfold sum_to_size type_as float double half "
        "bfloat16 long int short bool to contiguous size dim numel nelement is_floating_point new_zeros new_ones new_full "
        "new_tensor as_strided"
    )
) - _words("hardshrink atleast_1d atleast_2d atleast_3d")
"""Callable as methods: ``x.<name>(…)``."""

PROPERTIES = _words(
    "grad shape ndim dtype requires_grad is_leaf T mT values indices Q R U S V Vh logabsdet eigenvalues eigenvectors"
)
"""Readable on tensors, and on the named tuples that ``max``, ``sort``, ``svd`` … return."""

WRITABLE = _words("grad")
"""Attributes that may be set: ``x.grad = None``."""

FUNCTIONS = _words("tensor make_regression print range")
"""Callable by their bare name."""

RESERVED = FUNCTIONS | {"torch", "F"}
"""Names that a program can use but not set."""

FORBIDDEN_KEYWORDS: dict[str, str] = {
    "out": "Assign the result to a name instead.",
    "device": "Programs run on the CPU; leave it out.",
    "generator": "Call torch.manual_seed(…) first instead.",
    "pin_memory": "Leave it out.",
    "layout": "Leave it out: tensors here are dense.",
    "memory_format": "Leave it out.",
    "names": "Leave it out: named tensors cannot be recorded.",
    "file": "print writes under the code.",
    "flush": "Leave it out.",
}
"""Keyword arguments that no call may have, with what to do instead."""

ALLOWED_KEYWORDS: dict[str, frozenset[str]] = {
    "backward": _words("gradient retain_graph create_graph"),
    "torch.autograd.grad": _words("outputs inputs grad_outputs retain_graph create_graph allow_unused materialize_grads"),
    "print": _words("sep end"),
    "range": frozenset(),
    "torch.manual_seed": _words("seed"),
    "make_regression": _words("n_samples n_features n_informative noise bias coef random_state"),
}
"""Calls whose keywords are limited to these."""

INSTEAD: dict[str, str] = {
    "data": "Use x.detach() to read, or change x inside with torch.no_grad():.",
    "requires_grad": "Call x.requires_grad_().",
    "numpy": "print(x) shows the numbers.",
    "tolist": "print(x) shows the numbers.",
    "grad_fn": "The graph shows each node.",
    "cpu": "Programs run on the CPU; leave it out.",
    "cuda": "Programs run on the CPU; leave it out.",
    "append": "Write xs = xs + [x].",
    "set_grad_enabled": "Write with torch.no_grad():.",
    "inference_mode": "Write with torch.no_grad():.",
    "enable_grad": "Gradients are on unless you write with torch.no_grad():.",
    "Tensor": "Write torch.tensor([…]).",
    "FloatTensor": "Write torch.tensor([…]).",
    "manual_seed_all": "Write torch.manual_seed(0).",
    "register_hook": "The graph shows every gradient without hooks.",
    "optim": "Write the update yourself: with torch.no_grad(): w -= 0.1 * w.grad.",
    "nn": "Use the functions of torch.nn.functional, here also called F.",
    "load": "Files cannot be read from a program.",
    "save": "Files cannot be written from a program.",
    "from_numpy": "Write torch.tensor([…]).",
    "empty": "Write torch.zeros(…): empty tensors hold whatever was in memory.",
    "empty_like": "Write torch.zeros_like(…): empty tensors hold whatever was in memory.",
    "format": 'print(…) takes several values: print("y is", y).',
}
"""What to do instead of an attribute that programs cannot use."""

INSTEAD_OF_BUILTIN: dict[str, str] = {
    "abs": "Use torch.abs(x) or x.abs().",
    "max": "Use torch.max(x) or torch.maximum(x, y).",
    "min": "Use torch.min(x) or torch.minimum(x, y).",
    "sum": "Use torch.sum(x) or x.sum().",
    "pow": "Write x ** n.",
    "round": "Use torch.round(x).",
    "len": "Use x.shape[0].",
    "float": "Use x.item() or x.float().",
    "int": "Use x.item() or x.long().",
    "bool": "Use x.item() or x.bool().",
    "list": "Write the values between [ and ].",
    "tuple": "Write the values between ( and ).",
    "str": "print(x) shows x.",
    "repr": "print(x) shows x.",
    "type": "print(x.dtype, x.shape) tells what x is.",
    "zip": "Use for i in range(n): and index with i.",
    "enumerate": "Use for i in range(n): and index with i.",
    "open": "Files cannot be used from a program.",
    "input": "Write the value into the program.",
    "np": "Use torch: numpy is not available here.",
    "numpy": "Use torch: numpy is not available here.",
    "math": "Use torch: torch.pi, torch.exp(…), torch.sin(…).",
}
"""What to do instead of Python's builtins and usual modules."""

BUILTINS = frozenset(INSTEAD_OF_BUILTIN) - _words("np numpy math") | _words(
    "eval exec compile getattr setattr delattr hasattr vars dir globals locals callable isinstance issubclass object super "
    "property staticmethod classmethod map filter sorted reversed iter next any all chr ord bin oct hex hash id dict set frozenset "
    "bytes bytearray memoryview complex slice format ascii divmod breakpoint exit quit help copyright credits license"
)
"""Python's builtins, none of which a program can use (``print`` and ``range`` have stand-ins)."""
