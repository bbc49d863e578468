"""What the window and the engine process say to each other: records, as UTF-8 JSON in frames.

Arrays and sounds never travel here: they lie in files whose paths do.
"""

from dataclasses import KW_ONLY, dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from engine.answers import Result
from engine.errors import InputError, WorkError
from engine.frames import framed
from engine.orders import Order
from engine.progress import Progress

PROTOCOL_VERSION = 1
HEARTBEAT_S = 2.0


@dataclass(frozen=True)
class StartJob:
    """Do this order; jobs are done one after the other."""

    job: int
    order: Annotated[Order, Field(discriminator="type")]
    _: KW_ONLY
    type: Literal["start job"] = "start job"


@dataclass(frozen=True)
class CancelJob:
    """Stop this job at its next step, or forget it where it has not begun."""

    job: int
    _: KW_ONLY
    type: Literal["cancel job"] = "cancel job"


WindowMessage = StartJob | CancelJob  # to end the engine, its stdin is closed


@dataclass(frozen=True)
class Hello:
    """First word of the engine, before its libraries load.

    Attributes:
        protocol: Its PROTOCOL_VERSION.
        version: Version of the program.
        pid: Its process.
    """

    protocol: int
    version: str
    pid: int
    _: KW_ONLY
    type: Literal["hello"] = "hello"


@dataclass(frozen=True)
class Ready:
    """The model is loaded.

    Attributes:
        model: Its name.
        model_sha256: Hash of the generator weights.
        licence: Licence of the weights.
        device: Device kind ("cpu").
    """

    model: str
    model_sha256: str
    licence: str
    device: str
    _: KW_ONLY
    type: Literal["ready"] = "ready"


@dataclass(frozen=True)
class StartFailed:
    """The engine cannot work and ends.

    Attributes:
        kind: Name of the error's class ("CheckpointError").
        message: The sentence for the user.
    """

    kind: str
    message: str
    _: KW_ONLY
    type: Literal["start failed"] = "start failed"


@dataclass(frozen=True)
class Heartbeat:
    """Sign of life every HEARTBEAT_S; the job at work, None when idle."""

    job: int | None
    _: KW_ONLY
    type: Literal["heartbeat"] = "heartbeat"


@dataclass(frozen=True)
class JobProgress:
    """How far a job has come."""

    job: int
    progress: Progress
    _: KW_ONLY
    type: Literal["job progress"] = "job progress"


@dataclass(frozen=True)
class JobDone:
    """A job ended well."""

    job: int
    result: Annotated[Result, Field(discriminator="type")]
    _: KW_ONLY
    type: Literal["job done"] = "job done"


@dataclass(frozen=True)
class JobFailed:
    """A job ended in an error.

    Attributes:
        job: Its number.
        kind: Name of the error's class ("MediaError").
        message: The sentence for the user.
    """

    job: int
    kind: str
    message: str
    _: KW_ONLY
    type: Literal["job failed"] = "job failed"


@dataclass(frozen=True)
class JobCancelled:
    """A job was stopped on request and left nothing."""

    job: int
    _: KW_ONLY
    type: Literal["job cancelled"] = "job cancelled"


EngineMessage = Hello | Ready | StartFailed | Heartbeat | JobProgress | JobDone | JobFailed | JobCancelled
Message = WindowMessage | EngineMessage


def encode(message: Message) -> bytes:
    """A message as one frame.

    Raises:
        InputError: When a file name in it is no Unicode text.
        WorkError: When it is too long.
    """
    try:
        text = _adapter().dump_json(message)
    except ValueError as error:
        raise InputError(
            f"A file name in '{message.type}' is not readable as text ({error}): rename the file."
        ) from error
    return framed(text)


def decode(text: bytes) -> Message:
    """The message in a frame's JSON.

    Raises:
        WorkError: When it is none of ours.
    """
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise WorkError(
            f"A message between window and engine cannot be read ({first['msg']} at {first['loc']}): "
            "restart the engine."
        ) from error


@cache  # building it takes some milliseconds, which the import of this module must not
def _adapter() -> TypeAdapter[Message]:
    wide = ConfigDict(ser_json_inf_nan="constants")  # a score may be no number
    return TypeAdapter(Annotated[Message, Field(discriminator="type")], config=wide)
