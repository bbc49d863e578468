"""The errors our programs raise on purpose, and the exit code each one means.

StudioError                     4  work failed
├── InputError                  2  wrong use, or an input we cannot work on
│   ├── MediaError                 a film or sound file that cannot be read
│   ├── ProjectError               a project that cannot be opened or is newer than us
│   └── OutputLocationError        a place where nothing can be written
├── MissingComponentError       3  something this machine lacks
│   ├── CheckpointError            weights absent, damaged or of another family
│   └── DeviceError                the wanted device is not there
└── WorkError                   4  the work began and could not be finished
    ├── WriteError                 the disk refused while we were writing
    ├── DeviceMemoryError          the device ran out of memory
    └── Cancelled                  the user asked us to stop

Every message names the thing, the value met and what to do next.
"""


class StudioError(Exception):
    """Base of all errors meant for the user's eyes."""

    exit_code = 4


class InputError(StudioError):
    """Wrong use, or an input that cannot be worked on."""

    exit_code = 2


class MediaError(InputError):
    """A film or sound file that cannot be read."""


class ProjectError(InputError):
    """A project folder that cannot be opened."""


class OutputLocationError(InputError):
    """A place given for output where nothing can be written."""


class MissingComponentError(StudioError):
    """Something this machine lacks."""

    exit_code = 3


class CheckpointError(MissingComponentError):
    """Weights that are absent, damaged or of another family."""


class DeviceError(MissingComponentError):
    """A wanted device that is not there."""


class WorkError(StudioError):
    """Work that began and could not be finished."""

    exit_code = 4


class WriteError(WorkError):
    """The disk refused while we were writing."""


class DeviceMemoryError(WorkError):
    """The device ran out of memory."""


class Cancelled(WorkError):
    """The user asked us to stop."""
