"""The entries of operations: each name and Node once, whole sentences, the Nodes that torch leaves, and what is missing yet."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from engine.operations.entry import Entry
from engine.operations.registry import ENTRIES, base_name, entry_of
from engine.programs.checker import names
from engine.programs.here import run_here
from tests.engine.programs.test_program_accepts import SETUP, calls

NO_GRADIENT = """
    isclose isnan isinf isfinite signbit logical_and logical_or logical_xor logical_not bitwise_and bitwise_or
    bitwise_xor bitwise_not argmax argmin argsort all any count_nonzero one_hot tensor zeros ones full eye arange
    linspace logspace randn rand randint randperm zeros_like ones_like full_like randn_like rand_like new_zeros new_ones
    new_full new_tensor detach requires_grad long int short bool
""".split()
"""No gradient goes back through them, so no rule can exist."""
NOT_DIFFERENTIABLE = ["floor_divide", "heaviside"]
"""torch has no derivative of them: their Node ends the way back with an error."""
MADE_OF_OTHERS = """
    ndtr softsign tanhshrink softmin gumbel_softmax nanmean cov corrcoef quantile nanquantile diff trapezoid
    cumulative_trapezoid gradient vecdot outer kron tensordot einsum chain_matmul multi_dot pairwise_distance
    cosine_similarity scaled_dot_product_attention matrix_power diagflat fill_diagonal repeat_interleave sum_to_size
    meshgrid cartesian_prod lp_pool1d lp_pool2d local_response_norm normalize rms_norm dropout dropout1d dropout2d
    alpha_dropout feature_alpha_dropout l1_loss cross_entropy kl_div poisson_nll_loss gaussian_nll_loss
    multilabel_soft_margin_loss margin_ranking_loss hinge_embedding_loss cosine_embedding_loss triplet_margin_loss
""".split()
"""torch computes them by other operations, each of which leaves its own Node and is explained by that."""
NOT_YET: list[str] = []
"""Those of which nothing is said that could be: may only become fewer."""

ALLOWED = [entry for entry in ENTRIES if entry.programs]


def has_rule(entry: Entry) -> bool:
    """Whether it is said, in symbols or in words, what its Node does with a gradient."""
    return bool(
        entry.slope or entry.sent or any(way.words or way.rule or way.slots or way.spreads for way in entry.nodes.values())
    )


def test_operations_that_programs_allow_and_that_lack_a_rule_or_words() -> None:
    """An operation that gets its entry is whole, or it stands in one of the lists above with its reason."""
    assert [entry.name for entry in ALLOWED if not entry.words] == []
    lacking = [entry.name for entry in ALLOWED if not has_rule(entry)]
    assert sorted(lacking) == sorted([*NO_GRADIENT, *NOT_DIFFERENTIABLE, *MADE_OF_OTHERS, *NOT_YET])


def test_element_wise_operations_have_a_slope_or_say_why_there_is_none() -> None:
    without = [entry.name for entry in ALLOWED if "each element" in entry.cost and not has_rule(entry)]
    assert set(without) <= {*NO_GRADIENT, *NOT_DIFFERENTIABLE}


def test_each_name_and_each_node_has_one_entry() -> None:
    known = Counter(name for entry in ENTRIES for name in f"{entry.names} {entry.also}".split())
    assert [name for name, times in known.items() if times > 1] == []
    ways = defaultdict(list)
    for entry in ENTRIES:
        for node, way in entry.nodes.items():
            ways[node].append(way)
    assert [node for node, found in ways.items() if any(way is not found[0] for way in found)] == []


def test_words_are_whole_sentences() -> None:
    said = [entry.words for entry in ENTRIES] + [way.words for entry in ENTRIES for way in entry.nodes.values() if way.words]
    assert [words for words in said if not words.endswith(".") or words != words.strip() or "`" in words] == []


def test_places_are_those_where_programs_may_call() -> None:
    places = {place for entry in ENTRIES for place in entry.called}
    assert places == {"torch", "x", "x_", "F", "F_", "linalg", "special"}
    assert entry_of("sigmoid").called["special"] == ("expit",) and "expit" not in names.TORCH_FUNCTIONS


@pytest.fixture(scope="module")
def left() -> dict[str, set[tuple[str, ...]]]:
    """The Nodes that each operation leaves, in the calls of all that programs allow."""
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    ran = 0
    for call in calls():
        try:
            recording = run_here(f"{SETUP}r = {call}\n")
        except Exception:  # what prints, or cannot be assigned; there are a few
            continue
        ran += 1
        last = recording.text.count("\n")
        for operation in recording.operations:
            if operation.span is not None and operation.span.line == last and operation.outputs:
                nodes = tuple(base_name(recording.nodes[number].name) for number in operation.nodes)
                found[entry_of(operation.name).name].add(nodes)
    assert ran > 700
    return found


def test_entries_name_the_nodes_that_torch_leaves(left: dict[str, set[tuple[str, ...]]]) -> None:
    wrong = {}
    for entry in ALLOWED:
        if not entry.nodes or entry.slope or entry.sent:
            continue  # the Nodes of what is element-wise are called as it is
        others = {nodes[0] for nodes in left[entry.name] if len(nodes) == 1} - set(entry.nodes)
        if others:
            wrong[entry.name] = others
    assert wrong == {}


def test_the_reasons_are_true(left: dict[str, set[tuple[str, ...]]]) -> None:
    assert [name for name in NO_GRADIENT if any(left[name])] == []
    assert {nodes for name in NOT_DIFFERENTIABLE for nodes in left[name] if nodes} == {("NotImplemented",)}
    alone = {}
    for name in MADE_OF_OTHERS:
        nodes = {node for found in left[name] for node in found}
        several = any(len(set(found)) > 1 for found in left[name])
        known = all(any(node in entry.nodes or entry.name == node.lower() for entry in ENTRIES) for node in nodes)
        if nodes and not several and not known:
            alone[name] = nodes
    assert alone == {}
