"""The benchmark's figures, as Markdown tables of one run."""

from collections.abc import Mapping, Sequence

from tests.load.h2load import Result

OURS = "Notewire"


def header(names: Sequence[str]) -> str:
    columns = ["work", *names, f"{OURS} beside the others"]
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"


def row(work: str, names: Sequence[str], results: Mapping[str, Result]) -> str:
    cells = [_cell(results[name]) if name in results else "" for name in names]
    ratios = [f"{results[OURS].rate / result.rate:.2f} x {name}" for name, result in results.items() if name != OURS]
    return f"| {' | '.join([work, *cells, ', '.join(ratios)])} |"


def _cell(result: Result) -> str:
    failed = f", {result.failed} FAILED" if result.failed else ""
    return f"{result.rate:,.0f}/s, {result.mean_ms:.1f} ms{failed}"
