"""The iXML document of a broadcast wave file; its time stamp always equals that of bext."""

from xml.etree import ElementTree

from engine.media.broadcast_info import BroadcastInfo

IXML_VERSION = "1.61"
_LOWEST_SIGN = 0x20


def ixml_document(info: BroadcastInfo, *, rate_hz: int, bit_depth: int) -> bytes:
    """The document as UTF-8.

    Args:
        info: What the file says about itself.
        rate_hz: Sample rate, which is also that of the time stamp.
        bit_depth: Bits per sample.
    """
    root = ElementTree.Element("BWFXML")
    _add(root, "IXML_VERSION", IXML_VERSION)
    _add(root, "PROJECT", info.project)
    _add(root, "SCENE", info.scene)
    _add(root, "TAPE", info.tape)
    _add(root, "TAKE", info.take)
    _add(root, "CIRCLED", "TRUE" if info.circled else "FALSE")
    _add(root, "NOTE", info.note)
    _add(root, "FILE_UID", info.originator_reference)
    _add_speed(root, info, rate_hz=rate_hz, bit_depth=bit_depth)
    _add_tracks(root, info.track_names)
    _add(root, "USER", info.user)
    ElementTree.indent(root)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _add_speed(root: ElementTree.Element, info: BroadcastInfo, *, rate_hz: int, bit_depth: int) -> None:
    speed = ElementTree.SubElement(root, "SPEED")
    # Readers expect a fraction for whole rates as well: 25/1.
    frame_rate = f"{info.frame_rate.numerator}/{info.frame_rate.denominator}"
    for name in ("MASTER_SPEED", "CURRENT_SPEED", "TIMECODE_RATE"):
        _add(speed, name, frame_rate)
    _add(speed, "TIMECODE_FLAG", "DF" if info.drop_frame else "NDF")
    _add(speed, "FILE_SAMPLE_RATE", rate_hz)
    _add(speed, "AUDIO_BIT_DEPTH", bit_depth)
    _add(speed, "DIGITIZER_SAMPLE_RATE", rate_hz)
    _add(speed, "TIMESTAMP_SAMPLE_RATE", rate_hz)
    _add(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", info.time_reference >> 32)
    _add(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", info.time_reference & 0xFFFFFFFF)


def _add_tracks(root: ElementTree.Element, names: tuple[str, ...]) -> None:
    tracks = ElementTree.SubElement(root, "TRACK_LIST")
    _add(tracks, "TRACK_COUNT", len(names))
    for number, name in enumerate(names, start=1):
        track = ElementTree.SubElement(tracks, "TRACK")
        _add(track, "CHANNEL_INDEX", number)
        _add(track, "INTERLEAVE_INDEX", number)
        _add(track, "NAME", name)


def _add(parent: ElementTree.Element, name: str, value: str | int) -> None:
    """Add an element; signs that XML cannot hold become blanks."""
    text = str(value)
    clean = "".join(sign if _allowed(sign) else " " for sign in text)
    ElementTree.SubElement(parent, name).text = clean


def _allowed(sign: str) -> bool:
    code = ord(sign)
    if code < _LOWEST_SIGN:
        return sign in "\t\n\r"
    return not (0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF))
