"""Which language a reader is answered in."""

import pytest

from chalicelib.domain.text import negotiate


@pytest.mark.parametrize(
    ("header", "language"),
    {
        None: "en", "": "en", "*": "en", "fr": "en", "zh": "zh-CN", "zh-TW, en": "zh-CN",
        "en-US,en;q=0.9": "en", "zh-CN;q=0.1, en;q=0.9": "en", "en;q=0.2,zh-CN": "zh-CN",
        "fr, zh;q=0.5, en;q=0.3": "zh-CN", "zh;q=0, en;q=0.1": "en", "zh;q=much, en": "zh-CN",
    }.items(),
)  # fmt: skip
def test_the_dearest_language_that_we_speak_is_chosen(header, language):
    assert negotiate(header) == language
