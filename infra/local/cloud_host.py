"""Runs the local AWS, ministack, in its own environment: with what it lacks, and its state kept.

Started by `infra.local.cloud` with ministack's interpreter. It ends, state saved, on SIGTERM or
when the pipe on its standard input closes, which is how the death of its parent reaches it.
"""

import fcntl
import hashlib
import json
import os
import signal
import sys
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

from ministack import app as ministack
from ministack.core import lambda_runtime, persistence
from ministack.services import apigateway_v1, cognito, dynamodb, lambda_svc
from tethered import tie_to_parent

SNAPSHOT_SECONDS = 20
SNAPSHOT_TIMEOUT_SECONDS = 120
ANY_METHOD = "x-amazon-apigateway-any-method"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"


def main() -> None:
    import_whole_api_documents()
    keep_streams_over_restarts()
    retry_failed_stream_items()
    wait_less_for_logs()
    share_unpacked_code()
    refuse_wrong_codes()
    own_the_state(Path(persistence.STATE_DIR))
    tie_to_parent()
    threading.Thread(target=save_snapshots, daemon=True).start()
    sys.argv = sys.argv[:1]
    ministack.main()


def own_the_state(folder: Path) -> None:
    """Wait for a predecessor that is still saving; the lock lasts as long as the process."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)


def save_snapshots() -> None:
    """Save in a forked child: it sees one instant of all services, and nobody waits for it."""
    while True:
        time.sleep(SNAPSHOT_SECONDS)
        pid = os.fork()
        if pid == 0:
            try:
                save_snapshot(Path(persistence.STATE_DIR))
            finally:
                os._exit(0)
        wait_for(pid)


def wait_for(pid: int) -> None:
    deadline = time.monotonic() + SNAPSHOT_TIMEOUT_SECONDS
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def save_snapshot(folder: Path) -> None:
    """Write everything beside the state in force, then move it there file by file."""
    following = folder / "next"
    following.mkdir(parents=True, exist_ok=True)
    persistence.STATE_DIR = str(following)
    persistence.save_all(ministack._build_persistence_save_dict())
    for path in following.glob("*.json"):
        path.replace(folder / path.name)


def import_whole_api_documents() -> None:
    """API Gateway's extensions for any method and for gateway responses."""
    import_api, import_path = apigateway_v1._import_rest_api, apigateway_v1._import_path_item
    apigateway_v1._OPENAPI_HTTP_METHODS.add("any")

    def import_rest_api(spec, base_data=None):
        api_id = import_api(spec, base_data)
        for response_type, response in (spec.get(GATEWAY_RESPONSES) or {}).items():
            apigateway_v1._put_gateway_response(api_id, response_type, response)
        return api_id

    def import_path_item(api_id, path, path_item, *rest):
        renamed = {("any" if key == ANY_METHOD else key): item for key, item in path_item.items()}
        import_path(api_id, path, renamed, *rest)

    apigateway_v1._import_rest_api = import_rest_api
    apigateway_v1._import_path_item = import_path_item


def refuse_wrong_codes() -> None:
    """Codes and access tokens are checked; ministack does so only where it enforces IAM too."""
    run = cognito._run_idp_handler

    def run_idp_handler(handler, action, data):
        if action in cognito._UNSIGNED_IDP_ACTIONS:
            cognito._pin_unsigned_idp_scope(data)
        error = cognito._access_token_error(data) or cognito._confirmation_code_error(action, data)
        return error or run(handler, action, data)

    cognito._run_idp_handler = run_idp_handler


def keep_streams_over_restarts() -> None:
    """The state holds how far each function read a stream; add what none has read yet."""
    get_state, load_state = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state_with_streams():
        state = get_state()
        state["streams"] = []
        for (account, region, table), records in list(dynamodb._stream_records.all_items()):
            trimmed = dynamodb._trimmed_count(table, account, region)
            read = max(first_unread(account, region, table, trimmed + len(records)), trimmed)
            unread = list(records)[read - trimmed :]
            state["streams"].append([account, region, table, read, unread])
        return state

    def load_state_with_streams(data):
        load_state(data)
        for account, region, table, read, unread in data.get("streams", ()):
            dynamodb._stream_trimmed.set_scoped(account, region, table, read)
            dynamodb._stream_records.set_scoped(account, region, table, unread)

    dynamodb.get_state = get_state_with_streams
    dynamodb.load_persisted_state = load_state_with_streams


def first_unread(account: str, region: str, table: str, end: int) -> int:
    positions = [
        lambda_svc._dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"], 0)
        for owner, place, mapping in lambda_svc._iter_all_esms()
        if (owner, place) == (account, region)
        and f":table/{table}/stream/" in mapping.get("EventSourceArn", "")
    ]
    return min(positions, default=end)


def retry_failed_stream_items() -> None:
    """A stream batch answered with failed items is delivered again, as a failed one is."""
    execute = lambda_svc._execute_function

    def execute_function(func, event):
        result = execute(func, event)
        if from_stream(event) and not result.get("error") and failed_items(result.get("body")):
            body = {"errorType": "PartialFailure", "errorMessage": "batch item failures"}
            return {**result, "error": True, "body": body}
        return result

    lambda_svc._execute_function = execute_function


def from_stream(event) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records) and records[0].get("eventSource") == "aws:dynamodb"


def failed_items(body) -> list:
    answer = json.loads(body) if isinstance(body, str | bytes) and body else body
    return (answer.get("batchItemFailures") or []) if isinstance(answer, dict) else []


def wait_less_for_logs() -> None:
    """A function's answer need not wait for log lines that come late: they go with its next one."""
    worker = lambda_runtime.Worker
    drain = worker._drain_stderr_bounded
    worker._drain_stderr_bounded = lambda self, **_: drain(self, 0.003, 0.001, 0.02)


def share_unpacked_code() -> None:
    """Unpack each zip once for all instances of all functions: on AWS too it is read-only."""
    lambda_runtime.zipfile = SimpleNamespace(ZipFile=SharedZip, BadZipFile=zipfile.BadZipFile)


class SharedZip(zipfile.ZipFile):
    unpacking = threading.Lock()

    def extractall(self, path) -> None:
        code = Path(self.filename).read_bytes()
        shared = Path(os.environ["TMPDIR"], "code", hashlib.sha256(code).hexdigest()[:24])
        with self.unpacking:
            if not shared.exists():
                part = shared.with_suffix(".part")
                super().extractall(part)
                part.rename(shared)
        Path(self.filename).unlink()
        Path(path).rmdir()
        Path(path).symlink_to(shared)


if __name__ == "__main__":
    main()
