"""The words by which a product is found besides its names, worked out once, when published."""

import re

from chalicelib.domain.search import folded
from chalicelib.domain.synonyms import synonyms_of
from chalicelib.domain.text import Text

_HAN = re.compile("[\u3400-\u9fff]+")


def keywords_of(name: Text) -> tuple[str, ...]:
    """Pinyin from each character on, initials from each character on, and synonyms.

    Search matches beginnings, so `niuroumian`, `roumian`, `mian` find any stretch of 牛肉面.
    """
    words: dict[str, None] = {}
    for text in name.values():
        for run in _HAN.findall(text):
            words.update(dict.fromkeys(_spoken(run)))
    words.update(dict.fromkeys(sorted(synonyms_of(folded(" ".join(name.values()))))))
    return tuple(words)


def _spoken(run: str) -> list[str]:
    # Three megabytes of dictionary that only a publication needs.
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(run, errors="ignore")
    whole = ["".join(syllables[i:]) for i in range(len(syllables))]
    initials = "".join(syllable[0] for syllable in syllables)
    return whole + [initials[i:] for i in range(len(initials) - 1)]
