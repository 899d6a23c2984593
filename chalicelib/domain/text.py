"""Texts that people read, in the languages Docket speaks."""

LANGUAGES = ("en", "zh-CN")

Text = dict[str, str]


def localized(text: Text, language: str) -> str:
    """The text in `language`, else English, else whatever there is."""
    return text.get(language) or text.get("en") or next(iter(text.values()), "")


def negotiate(accept_language: str | None) -> str:
    """`zh*` gives zh-CN, everything else English, by the header's order (RFC 9110, 12.5.4)."""
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"
