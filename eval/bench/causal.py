"""The model path beside llama-cpp-python's own, on the same GGUF, messages, schemas and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agent.models import Model
from eval.bench.completion import Completion
from eval.bench.ours import Ours, bare
from eval.bench.turns import alternate, rates, ratio
from eval.bench.works import Work

SIZES = (1, 2, 4, 8)
SEATS = 8


def compare(
    model: Model, works: Sequence[Work], *, threads: int, repeats: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Return rates and ratios of throughput mode and of lone messages to each peer."""
    many = Ours(model, works, threads=threads, seats=SEATS)
    peer = Completion(model)
    chosen = peer.writable(many.writable(works))
    say(f"{len(chosen)} of {len(works)} messages can be written by both")
    lone = Ours(model, chosen, threads=threads, seats=1)
    peers = {
        "completion": peer,
        "completion, as many threads": Completion(model, threads=threads),
        "completion, prompt cache": Completion(model, threads=threads, cache=True),
    }
    ways: dict[str, Callable[[], int]] = {
        "agent, throughput": lambda: many.together(chosen),
        "agent, lone": lambda: lone.alone(chosen),
        **{name: _runner(one, chosen) for name, one in peers.items()},
    }
    turns = alternate(ways, repeats)
    made: dict[str, Any] = {
        "model": model.manifest.name,
        "messages": len(chosen),
        "left_out": len(works) - len(chosen),
        "threads": threads,
        "peer_threads": peer.threads,
        "answer_tokens": {"agent": many.tokens, "peer": peer.tokens},
        "wrong": many.wrong + lone.wrong + sum(one.wrong for one in peers.values()),
        "share_of_llama_decode": {"agent, throughput": many.share, "agent, lone": lone.share},
        "rates": {name: rates(found) for name, found in turns.items()},
        "ratios": {
            f"{ours} / {name}": ratio(turns[ours], turns[name])
            for ours in ("agent, throughput", "agent, lone")
            for name in peers
        },
    }
    for one in peers.values():
        one.close()
    made["bare_tokens_per_cpu_s"] = bare(model, threads=threads, sizes=SIZES, repeats=max(repeats, 3) * 5)
    return made


def _runner(peer: Completion, works: Sequence[Work]) -> Callable[[], int]:
    return lambda: peer.run(works)
