"""Make the window's font from Inter: our letters only, and digits that all have one width.

    .venv/bin/python packaging/studio_font.py FOLDER_OF_THE_NPM_PACKAGE_@expo-google-fonts/inter

Inter is under the SIL Open Font License 1.1 without a reserved name. Ours is a changed copy, so
it has a name of its own: a machine with Inter installed must not mix the two. Timecode needs
digits of one width; Inter has them as an OpenType feature (tnum), here they are the default. Our
bold is drawn as Inter's semi-bold, which is enough on a screen.
"""

import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Studio Inter"
TARGET = Path(__file__).resolve().parent.parent / "assets" / "fonts"
WEIGHTS = {"Regular": "400Regular/Inter_400Regular.ttf", "Bold": "600SemiBold/Inter_600SemiBold.ttf"}
BOLD_BIT, REGULAR_BIT = 1 << 5, 1 << 6
BLOCKS = (
    (0x0020, 0x024F),  # Latin with its extensions
    (0x02B0, 0x03FF),  # marks, Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x0490, 0x0491),
    (0x1E80, 0x1E9E),
    (0x2000, 0x206F),  # punctuation
    (0x2070, 0x209F),
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x214F),
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x2300, 0x23FF),
    (0x25A0, 0x25FF),  # shapes
    (0x2600, 0x27BF),  # stars, ticks
)


def main() -> int:
    """Write both weights and the licence into assets/fonts."""
    source = Path(sys.argv[1])
    TARGET.mkdir(parents=True, exist_ok=True)
    for weight, path in WEIGHTS.items():
        font = TTFont(source / path)
        make_digits_tabular(font)
        keep_our_letters(font)
        rename(font, weight)
        target = TARGET / f"StudioInter-{weight}.ttf"
        font.save(target)
        print(f"{target}: {target.stat().st_size / 1024:.0f} KiB")
    shutil.copyfile(source / "LICENSE_FONT", TARGET / "OFL.txt")
    return 0


def make_digits_tabular(font: TTFont) -> None:
    """Point the digits and their punctuation at the glyphs of the tnum feature."""
    table = font["GSUB"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    swaps: dict[str, str] = {}
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            swaps.update(getattr(part, "ExtSubTable", part).mapping)
    for cmap in font["cmap"].tables:
        for code, glyph in cmap.cmap.items():
            if chr(code) in "0123456789":
                cmap.cmap[code] = swaps.get(glyph, glyph)


def keep_our_letters(font: TTFont) -> None:
    """Drop every glyph that no text of ours needs."""
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl", "case"]
    options.name_IDs = ["*"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in BLOCKS for code in range(first, last + 1)])
    subsetter.subset(font)


def rename(font: TTFont, weight: str) -> None:
    """Give the copy its own family name; who made the original stays."""
    names = font["name"]
    new = {1: FAMILY, 2: weight, 3: f"{FAMILY} {weight} (changed copy of Inter)", 4: f"{FAMILY} {weight}"}
    new |= {6: f"{FAMILY.replace(' ', '')}-{weight}"}
    for identity in (16, 17, 21, 22, 25):
        names.removeNames(nameID=identity)
    for identity, text in new.items():
        names.removeNames(nameID=identity)
        names.setName(text, identity, 3, 1, 0x409)
    if weight == "Bold":
        font["OS/2"].usWeightClass = 700
        font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~REGULAR_BIT | BOLD_BIT
        font["head"].macStyle |= 1
    if "STAT" in font:
        del font["STAT"]  # of the variable family, which ours is not


if __name__ == "__main__":
    sys.exit(main())
