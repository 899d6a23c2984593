"""Finding products as people type: Chinese, English, pinyin, initials, codes, with typos.

Every text becomes terms: Latin words whole, Chinese runs as overlapping pairs with the last
character alone (`牛肉面` is 牛肉, 肉面, 面). A query's terms match the terms that they begin,
so one character finds every pair it starts, and half a word finds the word.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from chalicelib.domain.catalogue import Product
from chalicelib.domain.spelling import Vocabulary
from chalicelib.domain.text import Text

_FIRST_CJK = "\u3040"
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+|\n")
_ACCENTS = re.compile("[\u0300-\u036f]")
_AFTER_ALL = "\U0010ffff"
TERMS_MAX = 16

_CODE, _NAME, _NAME_BEGINNING, _IN_NAME, _TERMS = range(5)


def folded(text: str) -> str:
    """Without case, width and accents, which nobody types alike twice."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).casefold()


def asked_terms(query: str) -> list[str]:
    """The terms of a folded query; of a Chinese run only the pairs, unless it is one character."""
    asked: list[str] = []
    for piece in _PIECES.findall(query):
        if piece < _FIRST_CJK:
            asked.append(piece)
        else:
            asked.extend(piece[i : i + 2] for i in range(max(1, len(piece) - 1)))
    return [term for term in dict.fromkeys(asked) if term != "\n"][:TERMS_MAX]


def loosened(terms: Sequence[str]) -> list[str]:
    """The same terms with Chinese pairs taken apart, for when no text has them all."""
    return list(dict.fromkeys(c for t in terms for c in ([t] if t < _FIRST_CJK else t)))


def postings_of(texts: Iterable[str]) -> dict[str, list[int]]:
    """Under each term, the numbers of the texts that have it: one pass over all texts together."""
    postings: dict[str, list[int]] = defaultdict(list)
    number = 0
    for piece in _PIECES.findall(folded("\n".join(texts))):
        if piece == "\n":
            number += 1
        elif piece < _FIRST_CJK:
            postings[piece].append(number)
        else:
            for i in range(len(piece)):
                postings[piece[i : i + 2]].append(number)
    return postings


class SearchIndex:
    """One store's products, in the catalogue's order, which also breaks ties of rank."""

    def __init__(
        self, products: Sequence[Product], categories: Mapping[str, Text] | None = None
    ) -> None:
        self._products = products
        self._codes: dict[str, list[int]] = defaultdict(list)
        shelves: dict[str, list[int]] = defaultdict(list)
        for i, product in enumerate(products):
            shelves[product.category].append(i)
            for code in filter(None, (product.sku, product.barcode)):
                self._codes[code.casefold()].append(i)
        self._postings = postings_of(_one_line(product) for product in products)
        for category, members in shelves.items():
            names = (categories or {}).get(category, {}).values()
            for term in postings_of([" ".join(names)]):
                self._postings[term].extend(members)
        self._sorted = sorted(self._postings)
        self._vocabulary = Vocabulary(term for term in self._sorted if term < _FIRST_CJK)

    def search(self, query: str) -> list[Product]:
        """Best first: by code, name, beginning, part of it, all terms; else what comes closest."""
        asked = folded(query).strip()
        terms = asked_terms(asked)
        ranks = dict.fromkeys(self._codes.get(asked, ()), _CODE)
        for i in self._with_all(terms):
            ranks.setdefault(i, self._rank(i, asked))
        ranked = [i for _, i in sorted((rank, i) for i, rank in ranks.items())]
        found = ranked or self._with_code(asked) or self._closest_to(terms)
        return [self._products[i] for i in found]

    def _with_code(self, beginning: str) -> list[int]:
        if not beginning:
            return []
        return [
            i for code, having in self._codes.items() if code.startswith(beginning) for i in having
        ]

    def _closest_to(self, terms: Sequence[str]) -> list[int]:
        return sorted(self._with_all(terms, misspelt=True)) or self._with_most(loosened(terms))

    def _rank(self, i: int, asked: str) -> int:
        names = [folded(name) for name in self._products[i].name.values()]
        if asked in names:
            return _NAME
        if any(name.startswith(asked) for name in names):
            return _NAME_BEGINNING
        return _IN_NAME if any(asked in name for name in names) else _TERMS

    def _with(self, term: str) -> set[int]:
        """Products with a term that begins so."""
        first = bisect_left(self._sorted, term)
        last = bisect_left(self._sorted, term + _AFTER_ALL, first)
        return {i for known in self._sorted[first:last] for i in self._postings[known]}

    def _with_all(self, terms: Iterable[str], *, misspelt: bool = False) -> set[int]:
        """Products with every term; an unknown one may be taken for those closest to it."""
        found: set[int] | None = None
        for term in terms:
            having = self._with(term)
            if misspelt and not having:
                near = self._vocabulary.closest(term)
                having = {i for known in near for i in self._postings[known]}
            found = having if found is None else found & having
            if not found:
                return set()
        return found or set()

    def _with_most(self, terms: Sequence[str]) -> list[int]:
        """Products with more than half of the terms, those with the most first."""
        counts: dict[int, int] = defaultdict(int)
        for term in terms:
            for i in self._with(term):
                counts[i] += 1
        return [i for n, i in sorted((-n, i) for i, n in counts.items()) if -n * 2 > len(terms)]


def _one_line(product: Product) -> str:
    words = (*product.name.values(), *product.keywords)
    return " ".join(words).replace("\n", " ")
