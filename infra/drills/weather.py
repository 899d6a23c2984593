"""What goes wrong between the functions and AWS just now."""

from dataclasses import dataclass


@dataclass
class Weather:
    """`throttled` and `unheard` are shares of the database's calls; unheard ones took effect.

    `intake_down` is the first region's queue of orders, not the one in the other region.
    """

    database_down: bool = False
    intake_down: bool = False
    throttled: float = 0.0
    unheard: float = 0.0
