"""How a sound class looks: its colour and surface, and the kinds of motion it belongs to."""

import colorsys
import hashlib

import numpy as np

from trainer.scenes.primitives import Look

# hue, saturation, value, stripes per unit, stripe depth, by the word a class ends with
_SURFACES: dict[str, tuple[float, float, float, float, float]] = {
    "metal": (0.58, 0.12, 0.70, 60, 0.10),
    "tin": (0.60, 0.05, 0.80, 80, 0.15),
    "wood": (0.08, 0.60, 0.50, 40, 0.25),
    "plank": (0.09, 0.45, 0.62, 30, 0.30),
    "glass": (0.50, 0.25, 0.88, 0, 0.0),
    "ice": (0.54, 0.15, 0.95, 15, 0.08),
    "rock": (0.07, 0.08, 0.38, 22, 0.30),
    "stone": (0.10, 0.06, 0.48, 18, 0.20),
    "concrete": (0.12, 0.04, 0.60, 0, 0.0),
    "tile": (0.15, 0.05, 0.85, 12, 0.25),
    "grass": (0.30, 0.65, 0.45, 70, 0.35),
    "dirt": (0.07, 0.55, 0.32, 25, 0.20),
    "gravel": (0.09, 0.12, 0.52, 90, 0.40),
    "sand": (0.12, 0.42, 0.80, 10, 0.08),
    "snow": (0.58, 0.04, 0.97, 0, 0.0),
    "carpet": (0.97, 0.50, 0.42, 100, 0.20),
    "water": (0.57, 0.60, 0.60, 14, 0.15),
    "soft": (0.94, 0.45, 0.75, 0, 0.0),
    "punch": (0.03, 0.45, 0.70, 0, 0.0),
    "plate": (0.14, 0.10, 0.92, 0, 0.0),
    "leather": (0.05, 0.60, 0.30, 0, 0.0),
}

# A kind named more than once is drawn more often.
KINDS_OF_CATEGORY: dict[str, tuple[str, ...]] = {
    "FEET": ("steps",),
    "IMPT": ("strike", "bounce", "collide", "arm", "arm", "arm"),
    "DRUM": ("strike", "arm", "arm", "arm"),
    "TOOL": ("strike", "scrub", "spin", "arm", "arm", "arm"),
    "WOOD": ("strike", "shatter", "arm", "arm"),
    "GLAS": ("shatter", "arm", "arm"),
    "GUNS": ("burst",),
    "EXPL": ("burst", "shatter"),
    "FRWK": ("burst",),
    "FIRE": ("burst", "flicker"),
    "DOOR": ("slam",),
    "WATR": ("splash", "stream"),
    "ANML": ("voice",),
    "HUMN": ("voice",),
    "MECH": ("press", "shake"),
    "CLCK": ("press", "strike", "arm", "arm"),
    "PAPR": ("slam", "scrub"),
    "OBJT": ("press", "collide", "bounce", "arm", "arm"),
    "ROCK": ("collide", "bounce", "arm", "arm"),
    "SWRD": ("collide", "scrub", "arm", "arm"),
    "BELL": ("strike", "arm", "arm"),
    "KTCH": ("strike", "collide", "arm", "arm"),
    "CLTH": ("scrub", "flap"),
    "PLNT": ("flap",),
    "WHSH": ("scrub",),
    "ARCH": ("burst",),
    "ENGN": ("shake",),
    "AERO": ("spin",),
    "RAIN": ("stream",),
    "WIND": ("flap",),
    "THUN": ("burst",),
    "VEHI": ("shake", "voice"),
    "ELEC": ("burst", "flicker"),
}


def category_of(class_name: str) -> str:
    """The part of a class name before the underscore."""
    return class_name.split("_")[0]


def look_of(class_name: str, rng: np.random.Generator) -> Look:
    """A look drawn around the surface of the class; unlisted classes get one from their name."""
    word = class_name.split("_")[-1]
    surface = _SURFACES.get(word) or _surface_from_name(class_name)
    hue, saturation, value, stripes, depth = surface
    rgb = colorsys.hsv_to_rgb(
        (hue + rng.normal(0, 0.02)) % 1.0,
        float(np.clip(saturation + rng.normal(0, 0.07), 0, 1)),
        float(np.clip(value + rng.normal(0, 0.09), 0.05, 1)),
    )
    return Look(rgb, stripes * float(rng.uniform(0.7, 1.4)), depth * float(rng.uniform(0.4, 1.3)))


def shade(look: Look, factor: float) -> Look:
    """The same surface, darker (below 1) or lighter."""
    red, green, blue = (min(1.0, max(0.0, part * factor)) for part in look.rgb)
    return Look((red, green, blue), look.stripes, look.stripe_depth)


def _surface_from_name(class_name: str) -> tuple[float, float, float, float, float]:
    digest = hashlib.sha256(class_name.encode()).digest()
    return (
        digest[0] / 255,
        0.2 + 0.6 * digest[1] / 255,
        0.35 + 0.55 * digest[2] / 255,
        float(digest[3] % 60),
        0.3 * digest[4] / 255,
    )
