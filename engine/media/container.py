"""Opens films and sound files, and says in a sentence why one cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import EOFError as FilmEndError
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from engine.errors import MediaError

# Only true containers of picture and sound. FFmpeg also "reads" text as a terminal film and
# follows playlists to other files; both are shut out, as is every protocol but plain files.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,mxf,asf,flv,gxf,dv,nut,ivf,gif,rm,wtv,"
    "wav,w64,aiff,caf,au,flac,ogg,mp3,aac,ac3,eac3,dts,ape,wv,tta,voc,amr"
)
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide")  # a .mp4 or .mov begins with one of them
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a film or sound file for reading and close it at the end.

    Raises:
        MediaError: When there is nothing at ``path`` that can be read, and for whatever
            FFmpeg meets inside the block.
    """
    with open_container(path) as container:
        try:
            yield container
        except FFmpegError as error:
            raise unreadable(path, error) from error


def open_container(path: Path) -> InputContainer:
    """Open a film or sound file for reading; the caller closes it.

    Raises:
        MediaError: When there is nothing at ``path`` that can be read.
    """
    check_is_file(path)
    try:
        # "file:" keeps FFmpeg from reading a protocol into names such as "take:2.mov".
        return av.open(f"file:{path}", "r", container_options=_OPTIONS, metadata_errors="replace")
    except FFmpegError as error:
        raise unreadable(path, error) from error


def check_is_file(path: Path) -> None:
    """Refuse what cannot be a film before FFmpeg sees it.

    Raises:
        MediaError: When ``path`` is missing, a folder, a device or empty.
    """
    try:
        if path.is_dir():
            raise MediaError(f"{path} is a folder: give a film or sound file inside it.")
        if not path.exists():
            raise MediaError(f"There is no file {path}: check the name and the folder.")
        if not path.is_file():
            raise MediaError(f"{path} is a device or pipe: give a film or sound file.")
        if path.stat().st_size == 0:
            raise MediaError(f"{path} is empty (0 bytes): copy or export it again from its source.")
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror or error}): check its name.") from error


def picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The film's picture; cover art of a sound file does not count.

    Raises:
        MediaError: When there is no picture, or one of a codec that is unknown here.
    """
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise MediaError(f"{path} has no picture, only sound or data: give a film.")
    if _has_decoder(streams[0]):
        return streams[0]
    raise MediaError(f"The picture of {path} is in a format unknown here: convert it to H.264 first.")


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The first sound track that can be decoded, None when there is none."""
    return next((stream for stream in container.streams.audio if _has_decoder(stream)), None)


def unreadable(path: Path, error: FFmpegError) -> MediaError:
    """The sentence for a file that FFmpeg gave up on."""
    if isinstance(error, PermissionError):
        return MediaError(f"{path} may not be read: ask for read permission or copy it elsewhere.")
    if isinstance(error, FilmEndError) or _begins_like_mp4(path):
        return cut_short(path, "its index is missing or damaged")
    return MediaError(
        f"{path} is not a film or sound file that can be read here ({error.strerror}): "
        "it may be damaged, cut short or of another kind. Open it in a player to check, or convert it to "
        "H.264 in .mp4."
    )


def cut_short(path: Path, finding: str) -> MediaError:
    """The sentence for a file whose end is missing."""
    return MediaError(f"{path} is cut short ({finding}): copy, download or export it again from its source.")


def _begins_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:8] in _FIRST_BOXES


def _has_decoder(stream: VideoStream | AudioStream) -> bool:
    # The stubs promise a context; FFmpeg gives none for a codec it does not know.
    context: object | None = stream.codec_context
    return context is not None
