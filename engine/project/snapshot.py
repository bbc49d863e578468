"""A whole project as one text, for the engine process: the rows of its tables as JSON."""

import json

from engine.project.damage import DamagedProjectError
from engine.project.project import Project
from engine.project.rows import project_of, tables_of


def project_to_json(project: Project) -> str:
    """The project as JSON; every path in it is absolute.

    Raises:
        InputError: When a path or a number cannot be stored.
    """
    return json.dumps(tables_of(project, None), ensure_ascii=False)


def project_from_json(text: str) -> Project:
    """The project that `project_to_json` was given.

    Raises:
        DamagedProjectError: When the text is not such a project.
    """
    try:
        tables = json.loads(text)
    except ValueError as error:
        raise DamagedProjectError(f"This is no project: {error}.") from error
    if not isinstance(tables, dict):
        raise DamagedProjectError("This is no project: it has no tables.")
    return project_of(tables, None)
