"""The figures as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eval.bench.curves import LINEAR


def table(found: Mapping[str, Any]) -> str:
    """Lay everything out; the parts stand in the order in which they were measured."""
    return "\n".join(_lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"machine: {found['machine']}"
    yield f"messages: {found['messages_from']}"
    if "causal" in found:
        yield from _causal(found["causal"])
    one = found["embedded"]
    yield "\nembedded model"
    yield f"  {one['messages']} messages, {one['threads']} threads: {_rates(one)}"
    wall, cpu = one["lone_ms"], one["lone_cpu_ms"]
    yield f"  a lone message: p50 {wall['p50']} ms, p95 {wall['p95']} ms"
    yield f"  its processor time: p50 {cpu['p50']} ms, p95 {cpu['p95']} ms"
    yield "\ntemplates"
    yield from _compared(found["templates"])
    yield from (f"  not measured: {one}" for one in found["templates"]["not_measured"])
    yield f"  stream with drift: {found['stream']}"
    yield "\ncost curves: messages per second of processor time"
    for name, curve in found["curves"].items():
        points = ", ".join(f"{at}: {rate:g}" for at, rate in curve["points"])
        verdict = "no worse than linear" if curve["exponent"] <= LINEAR else "WORSE THAN LINEAR"
        yield f"  {name}: {points}; exponent {curve['exponent']}, {verdict}"
    if "flow" in found:
        yield "\nfrom broker to broker"
        yield from _flow(found["flow"])


def _causal(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"\nmodel path: {one['model']}, {one['messages']} messages, {one['left_out']} left out"
    yield f"  threads: agent {one['threads']}, completion by default {one['peer_threads']}"
    yield f"  tokens of the answers: {one['answer_tokens']}; wrong answers: {one['wrong']}"
    yield from _compared(one)
    for name, share in one["share_of_llama_decode"].items():
        yield f"  {name}: {share:.0%} of its processor time is llama_decode"
    bare = ", ".join(f"{size}: {rate:g}" for size, rate in one["bare_tokens_per_cpu_s"].items())
    yield f"  bare llama_decode, tokens per second of processor time by texts in a call: {bare}"


def _compared(one: Mapping[str, Any]) -> Iterator[str]:
    for name, each in one["rates"].items():
        yield f"  {name}: {_rates(each)}"
    for name, each in one["ratios"].items():
        yield f"  {name}: {each['wall']:g} times (processor time: {each['cpu']:g})"


def _rates(one: Mapping[str, float]) -> str:
    return f"{one['per_s']:g} messages/s ({one['per_cpu_s']:g} per second of processor time)"


def _flow(one: Mapping[str, Any]) -> Iterator[str]:
    if "left_out" in one:
        yield f"  left out: {one['left_out']}"
        return
    yield f"  limit {one['limit_per_s']:.0f}/s, agent {one['agent_per_s']:.0f}/s, {one['share']:.0%} of it"
    yield f"  sustained {one['sustained_per_s']:.0f}/s, half rate p99 {one['half_p99_ms']} ms"
    yield f"  load generator {one['driver_cpu_share']:.0%} of a core, memory {one['pss_end_mib']:.0f} MiB"
    yield f"  {one['checked']} records compared, {one['wrong']} wrong, {one['faults']} faults"
