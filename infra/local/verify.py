"""`make verify`: check the books of the running local stage by its own nightly function."""

import json
import os
import sys
from pathlib import Path

from infra.local.control import Running
from infra.local.invoke import invoke

EVENT = {
    "version": "0", "id": "verify", "detail-type": "Scheduled Event", "source": "aws.events",
    "account": "", "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [],
    "detail": {},
}  # fmt: skip


def main() -> int:
    running = Running.load(Path(os.environ.get("DATA_DIR") or ".local").resolve())
    if running is None:
        print("Nothing runs on this data folder; start it with: make run", file=sys.stderr)
        return 1
    answer = invoke(running, "verify_books", json.dumps(EVENT).encode())
    found = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        print(f"The check itself failed: {found.get('errorMessage')}", file=sys.stderr)
        return 1
    for violation in found["violations"]:
        print(f"{violation['invariant']}: {violation['subject']}: {violation['detail']}")
    print("The books are in order." if not found["count"] else f"{found['count']} violations.")
    return 1 if found["count"] else 0


if __name__ == "__main__":
    sys.exit(main())
