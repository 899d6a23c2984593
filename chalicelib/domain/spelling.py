"""The known words closest to a misspelt one."""

from collections.abc import Iterable

SHORTEST = 3
LONGEST = 40


class Vocabulary:
    """Words by length, each with the set of its letters as bits: most are ruled out by these."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = words
        self._by_length: dict[int, list[tuple[int, str]]] | None = None

    def closest(self, word: str) -> list[str]:
        """Words one edit away, or two for long ones; only those at the least distance."""
        if not SHORTEST <= len(word) <= LONGEST:
            return []
        letters = _letters(word)
        best: list[str] = []
        limit = 1 if len(word) < 6 else 2
        for length in range(len(word) - limit, len(word) + limit + 1):
            for known_letters, known in self._lengths().get(length, ()):
                if (letters ^ known_letters).bit_count() > 2 * limit:
                    continue
                away = distance(word, known, limit)
                if away < limit:
                    best, limit = [], away
                if away == limit:
                    best.append(known)
        return best

    def _lengths(self) -> dict[int, list[tuple[int, str]]]:
        """Prepared at the first misspelling, since most queries need none of it."""
        if self._by_length is None:
            self._by_length = {}
            for word in self._words:
                self._by_length.setdefault(len(word), []).append((_letters(word), word))
        return self._by_length


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


def distance(one: str, other: str, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbors; `limit + 1` stands for more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row = row, [i]
        for j, b in enumerate(other, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before = previous
    return min(row[-1], limit + 1)
