"""A circuit breaker: after some failures in a row it asks no more, but for a probe now and then."""

from datetime import datetime, timedelta

import msgspec

FAILURES_TO_OPEN = 2
OPEN_AT_FIRST = timedelta(seconds=5)
OPEN_AT_LONGEST = timedelta(seconds=30)


class Circuit(msgspec.Struct):
    """Closed at first. Open until `probe_at`; then half open, so that one call tries its luck.

    A function's environment serves one request at a time, so the next one is the probe.
    """

    failures: int = 0
    probe_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.probe_at is not None

    def allows(self, now: datetime) -> bool:
        """Whether to try: closed, or half open by now."""
        return self.probe_at is None or now >= self.probe_at

    def failed(self, now: datetime) -> bool:
        """Count a failure; whether that one opened the circuit. A failed probe keeps it open."""
        was_open = self.is_open
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            doublings = min(self.failures - FAILURES_TO_OPEN, 10)
            self.probe_at = now + min(OPEN_AT_FIRST * 2**doublings, OPEN_AT_LONGEST)
        return self.is_open and not was_open

    def succeeded(self) -> bool:
        """Whether that closed the circuit."""
        was_open = self.is_open
        self.failures, self.probe_at = 0, None
        return was_open
