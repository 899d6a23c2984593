"""A script for node that is asked line by line: one process for all that a test run wants of it."""

import atexit
import json
import subprocess
import threading
from pathlib import Path
from typing import Any


class NodeSdk:
    def __init__(self, script: str) -> None:
        self._script = Path(__file__).with_name(script)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, act: str, **values: Any) -> Any:
        """One act of the script. Raises `RuntimeError` with what it throws."""
        with self._lock:
            process = self._process = self._process or self._started()
            process.stdin.write(json.dumps({"act": act, **values}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        assert line, "node ended: are the packages there? npm ci --ignore-scripts"
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def _started(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            ["node", self._script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(process.communicate)  # ends it, for nothing more is asked
        return process
