"""The benchmark's figures, as a Markdown table of one run."""

from collections.abc import Mapping, Sequence
from statistics import median

from tests.load.h2load import Result

OURS = "Notewire"


def header(names: Sequence[str]) -> str:
    columns = ["work", *names, f"{OURS} beside the others"]
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"


def row(work: str, names: Sequence[str], results: Mapping[str, Sequence[Result]]) -> str:
    """The best round of each. Ratios are medians over rounds: a busy machine slows alike what runs side by side."""
    cells = [_best(results[name]) if name in results else "" for name in names]
    ratios = [f"{_ratio(results[OURS], others):.2f} x {name}" for name, others in results.items() if name != OURS]
    return f"| {' | '.join([work, *cells, ', '.join(ratios)])} |"


def _best(results: Sequence[Result]) -> str:
    best = max(results, key=lambda result: result.rate)
    failed = sum(result.failed for result in results)
    return f"{best.rate:,.0f}/s, {best.mean_ms:.1f} ms" + (f", {failed} FAILED" if failed else "")


def _ratio(ours: Sequence[Result], others: Sequence[Result]) -> float:
    return median(our.rate / other.rate for our, other in zip(ours, others, strict=True))
