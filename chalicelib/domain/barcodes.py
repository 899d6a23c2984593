"""Barcodes that shops scan: EAN-8, UPC-A, EAN-13 and GTIN-14, with their check digit (GS1)."""

LENGTHS = frozenset({8, 12, 13, 14})


def check_digit(digits: str) -> int:
    """Of a code without it: from the right, the digits count three times and once in turn."""
    return -sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits))) % 10


def is_barcode(text: str) -> bool:
    return (
        len(text) in LENGTHS
        and text.isascii()
        and text.isdigit()
        and check_digit(text[:-1]) == int(text[-1])
    )
