"""CPU of reading an order, cold and warm, beside the bare client's: fresh interpreters in turn."""

import json
import os
import subprocess
import sys
from statistics import median

import msgspec

from bench.order_life import BUYER, Shop
from infra.paths import ROOT

ROUNDS = 3
TIMEOUT_SECONDS = 120


class Cpu(msgspec.Struct, frozen=True):
    """Milliseconds; cold from the start of the interpreter, warm of each further answer."""

    cold_ms: float
    cold_floor_ms: float
    warm_ms: float
    warm_floor_ms: float

    @property
    def cold_ratio(self) -> float:
        return self.cold_ms / self.cold_floor_ms

    @property
    def warm_ratio(self) -> float:
        return self.warm_ms / self.warm_floor_ms


def measure(shop: Shop) -> Cpu:
    """The best cold and the middle warm of a few rounds, the two sides in turn."""
    order_id = shop.order("cpu")
    probe("app", order_id)  # its byte code is compiled afterwards
    found = {mode: [] for mode in ("app", "floor")}
    for _ in range(ROUNDS):
        for mode, taken in found.items():
            taken.append(probe(mode, order_id))
    cold = {mode: min(t["first_ms"] for t in taken) for mode, taken in found.items()}
    warm = {mode: median(t["warm_ms"] for t in taken) for mode, taken in found.items()}
    return Cpu(cold["app"], cold["floor"], warm["app"], warm["floor"])


def probe(mode: str, order_id: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.probe", mode, order_id, BUYER], cwd=ROOT,
        env=os.environ | {"AWS_LAMBDA_FUNCTION_NAME": "docket-bench-api"},
        capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(done.stderr)
    told: dict[str, float] = json.loads(done.stderr.splitlines()[-1])
    return told
