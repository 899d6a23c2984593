"""`make invoke FUNCTION=… EVENT=events/…`: call one function of the running local stage."""

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

from infra.local.control import Running
from infra.local.local_stage import STAGE, LocalStage
from infra.paths import ROOT

USAGE = "usage: make invoke FUNCTION=relay_order_events EVENT=events/stream_order_placed.json"


def main(arguments: list[str]) -> int:
    function, event = arguments
    if not (function and event):
        print(USAGE, *sorted(path.name for path in (ROOT / "events").glob("*.json")), sep="\n  ")
        return 2
    running = Running.load(Path(os.environ.get("DATA_DIR") or ".local").resolve())
    if running is None:
        print("Nothing runs on this data folder; start it with: make run", file=sys.stderr)
        return 1
    answer = invoke(running, function, Path(event).read_bytes())
    log = base64.b64decode(answer.get("LogResult", "")).decode()
    print(f"{function_name(function)}: its log's end", log.rstrip(), sep="\n", file=sys.stderr)
    print(json.dumps(json.loads(answer["Payload"].read() or b"null"), indent=2))
    return 1 if "FunctionError" in answer else 0


def invoke(running: Running, function: str, event: bytes) -> dict[str, Any]:
    functions = LocalStage(running.aws_endpoint, running.url).client("lambda")
    answer: dict[str, Any] = functions.invoke(
        FunctionName=function_name(function), Payload=event, LogType="Tail"
    )
    return answer


def function_name(function: str) -> str:
    name = "api" if function in {"api", "api_handler"} else function.replace("_", "-")
    return f"docket-{STAGE}-{name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
