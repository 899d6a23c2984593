"""What goes wrong between the functions and AWS just now."""

from dataclasses import dataclass


@dataclass
class Weather:
    """`throttled` and `unheard` are shares of the database's calls; unheard ones took effect."""

    database_down: bool = False
    throttled: float = 0.0
    unheard: float = 0.0
