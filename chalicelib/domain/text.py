"""Texts that people read, in the languages Docket speaks."""

LANGUAGES = ("en", "zh-CN")

Text = dict[str, str]


def both(en: str, zh: str) -> Text:
    """A text in both languages."""
    return {"en": en, "zh-CN": zh}


def localized(text: Text | str, language: str) -> str:
    """The text in `language`, else English, else whatever there is."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("en") or next(iter(text.values()), "")


def negotiate(accept_language: str | None) -> str:
    """`zh*` gives zh-CN, everything else English: the dearest of the two (RFC 9110, 12.5.4)."""
    chosen, dearest = "en", 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().lower().partition(";")
        language = next((known for known in LANGUAGES if tag[:2] == known[:2]), None)
        if language and (weight := _weight(parameters)) > dearest:
            chosen, dearest = language, weight
    return chosen


def _weight(parameters: str) -> float:
    """What `q=` says, 1 where it says nothing that can be read."""
    name, _, value = parameters.partition("=")
    digits = value.strip()
    is_number = name.strip() == "q" and digits.replace(".", "", 1).isdecimal() and digits.isascii()
    return float(digits) if is_number else 1.0
