"""A practice company's books on disk: payments, refunds, events and what is to be delivered.

One SQLite file in WAL mode; each act is one transaction, so a `kill -9` loses nothing answered.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

# Seconds from one attempt at a delivery to the next; after the last the event is given up.
RETRY_DELAYS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT, id TEXT, reference TEXT UNIQUE NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL,
    due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at);
"""


class Ledger:
    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing by that
        self._db.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is done inside; one thread at a time."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def find(self, kind: str, key: str) -> Document | None:
        """By our id or by the caller's."""
        query = "SELECT body FROM documents WHERE kind = ? AND (id = ? OR reference = ?)"
        rows = self._query(query, kind, key, key)
        return json.loads(rows[0][0]) if rows else None

    def save(self, kind: str, key: str, document: Document) -> None:
        query = """INSERT INTO documents VALUES (?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET body = excluded.body"""
        self._query(query, kind, key, document["reference"], json.dumps(document))

    def list_newest(self, kind: str, limit: int) -> list[Document]:
        query = "SELECT body FROM documents WHERE kind = ? ORDER BY rowid DESC LIMIT ?"
        return [json.loads(row[0]) for row in self._query(query, kind, limit)]

    def list_refunds(self, payment_id: str) -> list[Document]:
        query = """SELECT body FROM documents
                   WHERE kind = 'refund' AND json_extract(body, '$.payment_id') = ?
                   ORDER BY rowid"""
        return [json.loads(row[0]) for row in self._query(query, payment_id)]

    def add_event(self, event: Document, due_at: tuple[float, ...]) -> None:
        """Remember what happened, and deliver it once at each of these times."""
        body = json.dumps(event, ensure_ascii=False)
        self._query("INSERT INTO events (body) VALUES (?)", body)
        seq = self._query("SELECT max(seq) FROM events")[0][0]
        for moment in due_at:
            self._query("INSERT INTO deliveries (seq, due_at) VALUES (?, ?)", seq, moment)

    def list_events(self, after: int, limit: int) -> list[Document]:
        query = "SELECT seq, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
        return [{"seq": seq, **json.loads(body)} for seq, body in self._query(query, after, limit)]

    def list_all_events(self) -> list[Document]:
        return self.list_events(0, -1)

    def take_due(self, now: float, lease_seconds: float) -> list[tuple[int, str]]:
        """(delivery, the event's exact text); each is due again unless its attempt is recorded."""
        with self.transaction():
            query = """SELECT delivery_id, body FROM deliveries JOIN events USING (seq)
                       WHERE due_at <= ? ORDER BY due_at, delivery_id LIMIT 64"""
            taken = self._query(query, now)
            for delivery_id, _ in taken:
                self._put_off(delivery_id, now + lease_seconds)
        return taken

    def next_due_at(self) -> float | None:
        return self._query("SELECT min(due_at) FROM deliveries")[0][0]

    def record_attempt(self, delivery_id: int, now: float, *, delivered: bool) -> None:
        with self.transaction():
            query = "UPDATE deliveries SET attempts = attempts + 1 WHERE delivery_id = ?"
            self._query(query, delivery_id)
            query = "SELECT attempts FROM deliveries WHERE delivery_id = ?"
            attempts = self._query(query, delivery_id)[0][0]
            if delivered or attempts > len(RETRY_DELAYS):
                self._query("DELETE FROM deliveries WHERE delivery_id = ?", delivery_id)
            else:
                self._put_off(delivery_id, now + RETRY_DELAYS[attempts - 1])

    def _put_off(self, delivery_id: int, due_at: float) -> None:
        query = "UPDATE deliveries SET due_at = ? WHERE delivery_id = ?"
        self._query(query, due_at, delivery_id)

    def _query(self, query: str, *values: object) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()
