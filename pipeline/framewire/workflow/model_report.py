"""Comparisons of models for a terminal."""

from collections.abc import Sequence
from typing import Any

from framewire.learn.comparison import ACCUSED, ALL, RELEVANCE, SHARE, SINCE, VOICE, name_part

MAX_FLIPS = 20
_ALWAYS = (RELEVANCE, ALL, SINCE, VOICE, ACCUSED)
_ACCOUNTS = "voice and accused side: share right of narratives that both found rightly"


def render_rows(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The parts of a comparison as lines; those in which no label changes are left out."""
    shown = [row for row in rows if row["mended"] or row["spoilt"] or row["part"] in _ALWAYS]
    width = max((len(name_part(row)) for row in shown), default=0)
    lines = [f"{'':<{width}}  passages     F1 before -> after   difference (95 %)         mended spoilt  p"]
    for row in shown:
        low, high = row["interval"]
        lines.append(
            f"{name_part(row):<{width}}  {row['n']:>8}         {row['before']:.3f} -> {row['after']:.3f}   "
            f"{row['difference']:+.3f} ({low:+.3f} to {high:+.3f})  {row['mended']:>6} {row['spoilt']:>6}  {row['p']:.3f}"
            f"{'  WORSE' if row['is_worse'] else ''}"
        )
    return [*lines, _ACCOUNTS] if any(row["measure"] == SHARE for row in shown) else lines


def render_comparison(comparison: dict[str, Any]) -> list[str]:
    """What training says of the comparison with the model in use."""
    since = f", {comparison['coded_since']} of them coded since" if comparison["coded_since"] else ""
    left_out = f"; {comparison['left_out']} left out" if comparison["left_out"] else ""
    head = f"compared with {comparison['with']} on {comparison['n']} passages unseen by either{since}{left_out}"
    return [head, *render_rows(comparison["rows"])]


def render_versions(report: dict[str, Any], *, max_flips: int = MAX_FLIPS) -> list[str]:
    """The report of `compare_versions` as lines."""
    first, second = report["models"]
    lines = [f"{'':<24}{first['name']:<28}{second['name']}"]
    lines += [
        f"{title:<24}{_say(first[key]):<28}{_say(second[key])}"
        for title, key in (
            ("trained", "trained"),
            ("codebook version", "codebook_version"),
            ("codebook digest", "codebook_digest"),
            ("passages", "passages"),
            ("stories", "stories"),
            ("cross-validated F1", "cross_validated_micro_f1"),
            ("relevance, F1", "cross_validated_relevance_f1"),
        )
    ]
    if report["problem"]:
        return [*lines, f"not compared: {report['problem']}"]
    training = report["training"]
    lines.append(
        f"training passages: {training['common']} in both ({training['coded_otherwise']} of them coded otherwise), "
        f"{training['only_first']} only in the first, {training['only_second']} only in the second"
    )
    lines += ["", f"on {report['n']} passages unseen by either:", *render_rows(report["rows"])]
    flips = report["flips"]
    lines += ["", f"{len(flips)} labels change"] if flips else ["", "no label changes"]
    lines += [
        f"  {flip['flip']}  {flip['category']} ({_say_coded(flip['coded'])})  {flip['id']}  {flip['text'][:90]}"
        for flip in flips[:max_flips]
    ]
    return [*lines, f"  and {len(flips) - max_flips} more; --json has all"] if len(flips) > max_flips else lines


def _say_coded(coded: bool | str) -> str:
    if isinstance(coded, str):
        return coded
    return "carried" if coded else "not carried"


def _say(value: Any) -> str:
    if value is None:
        return "not measured"
    return f"{value:.3f}" if isinstance(value, float) else str(value)[:26]
