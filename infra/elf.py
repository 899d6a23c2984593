"""Makes shared libraries smaller by what only debuggers read.

A loader needs the program headers and the segments they name; section headers and symbol tables
lie after the last segment, a fifth of some wheels.
"""

import struct
from pathlib import Path

ELF64_LITTLE_ENDIAN = b"\x7fELF\x02\x01"
PROGRAM_HEADERS_AT, PROGRAM_HEADER_SIZE_AT = 32, 54
SECTION_HEADERS_AT, SECTION_COUNT_AT = 40, 60
OFFSET_IN_HEADER, SIZE_IN_HEADER = 8, 32


def drop_symbols(library: Path) -> None:
    """Cut a 64-bit ELF library after its last segment; anything else is left as it is."""
    image = bytearray(library.read_bytes())
    if not image.startswith(ELF64_LITTLE_ENDIAN):
        return
    (first,) = struct.unpack_from("<Q", image, PROGRAM_HEADERS_AT)
    size, count = struct.unpack_from("<HH", image, PROGRAM_HEADER_SIZE_AT)
    end = 0
    for header in range(first, first + size * count, size):
        (offset,) = struct.unpack_from("<Q", image, header + OFFSET_IN_HEADER)
        (length,) = struct.unpack_from("<Q", image, header + SIZE_IN_HEADER)
        end = max(end, offset + length)
    struct.pack_into("<Q", image, SECTION_HEADERS_AT, 0)
    struct.pack_into("<HH", image, SECTION_COUNT_AT, 0, 0)
    library.write_bytes(image[:end])
