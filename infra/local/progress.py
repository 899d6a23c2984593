"""Shows what is being done: a line with a spinner on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table


class Progress:
    def __init__(self, *, quiet: bool = False) -> None:
        self.console = Console(quiet=quiet, highlight=False)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        started = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(f"{text} …"):
                yield
        else:
            yield
        seconds = time.monotonic() - started
        self.console.print(f"[green]✓[/] {text} [dim]{seconds:.1f} s[/]")

    def note(self, text: str) -> None:
        self.console.print(text)

    def table(self, title: str, rows: dict[str, str]) -> None:
        table = Table(title=title, title_justify="left", show_header=False, box=None)
        for name, value in rows.items():
            table.add_row(f"  [bold]{name}[/]", value)
        self.console.print(table)
