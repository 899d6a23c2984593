"""What functions say about themselves: structured log lines and metrics (EMF), one place for both.

Chalice starts an event function without `app.py`, so middleware does not run there: workers put
`@observed` under their Chalice decorator instead. Traces come from Lambda's active tracing.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.config import settings

logger = Logger(service="docket")
metrics = Metrics(namespace="Docket", service="docket")

Answer = TypeVar("Answer")


def count(name: str, value: float = 1) -> None:
    """Add to a count that leaves with the invocation's other metrics, under the stage's name."""
    metrics.set_default_dimensions(stage=settings().stage)
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def count_by(name: str, value: float = 1, **dimensions: str) -> None:
    """The same, sent at once under further dimensions."""
    from aws_lambda_powertools.metrics import single_metric

    stage = {"service": "docket", "stage": settings().stage}
    with single_metric(
        name,
        MetricUnit.Count,
        value,
        namespace="Docket",
        default_dimensions={**stage, **dimensions},
    ):
        pass


def flush_metrics() -> None:
    if metrics.metric_set:
        metrics.flush_metrics()


def observed(handler: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
    """Log each invocation of an event function with its outcome and send its metrics.

    At least one line an invocation: a silent one is indistinguishable from none.
    """

    @wraps(handler)
    def wrapper(event: Any) -> Answer:
        started = time.perf_counter()
        known = {"function": handler.__name__, "aws_request_id": _request_id(event)}
        try:
            answer = handler(event)
        except Exception:
            logger.exception("failed", extra={**known, "duration_ms": _since(started)})
            raise
        finally:
            flush_metrics()
        facts = _facts(event, answer)
        logger.info("done", extra={**known, **facts, "duration_ms": _since(started)})
        return answer

    return wrapper


def _facts(event: Any, answer: Any) -> dict[str, int]:
    """How many records came, and how many go back to their source."""
    facts: dict[str, int] = {}
    raw = event.to_dict() if hasattr(event, "to_dict") else event
    if isinstance(raw, dict) and isinstance(raw.get("Records"), list):
        facts["records"] = len(raw["Records"])
    if isinstance(answer, dict) and isinstance(answer.get("batchItemFailures"), list):
        facts["returned"] = len(answer["batchItemFailures"])
    return facts


def _request_id(event: Any) -> str:
    return str(getattr(getattr(event, "context", None), "aws_request_id", ""))


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
