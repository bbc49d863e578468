"""Plain ASCII of any text, for the fields of bext, which hold nothing else."""

import unicodedata

_PLAIN = str.maketrans(
    {
        "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-",
        "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"',
        "…": "...", "×": "x", "·": ".", "•": "*",
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    }
)  # fmt: skip


def to_ascii(text: str) -> bytes:
    """The text without accents; what has no plain form becomes a question mark, control signs a blank."""
    bare = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return "".join(sign if sign.isprintable() else " " for sign in letters).encode("ascii", "replace")
