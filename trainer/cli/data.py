"""msg-train data: real video as training data."""

from pathlib import Path
from typing import Annotated

import typer

from trainer.cli.options import AsJson, ConfigFile
from trainer.cli.output import follow, tell
from trainer.data.account import write_bad_films
from trainer.data.feature_cache import FilmCache
from trainer.data.shards import write_shards
from trainer.data.video_config import read_video_config
from trainer.data.video_source import BAD_FILMS, prepare_films

data = typer.Typer(no_args_is_help=True, help="Real video as training data.")


@data.command("prepare")
def data_prepare(config: ConfigFile, json_output: AsJson = False) -> None:
    """Make the features of the films that a recipe's [video] table names; skip and list the bad ones."""
    settings = read_video_config(config)
    found = prepare_films(settings, listener=follow(json_output))
    listed_in = Path(settings.cache) / BAD_FILMS
    write_bad_films(listed_in, found.bad)
    counts = {"rows": found.rows, "cached": found.cached, "made": found.made, "bad": len(found.bad)}
    tell({**counts, "reasons": found.reasons, "bad_films": str(listed_in)}, as_json=json_output)
    found.check(largest_bad_share=settings.largest_bad_share, listed_in=listed_in)


@data.command("shard")
def data_shard(
    config: ConfigFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the shards.")],
    films_per_shard: int = 256,
    json_output: AsJson = False,
) -> None:
    """Write the prepared films of a recipe's [video] table as tar shards for WebDataset."""
    settings = read_video_config(config)
    found = prepare_films(settings, listener=follow(json_output))
    listed_in = Path(settings.cache) / BAD_FILMS
    write_bad_films(listed_in, found.bad)
    found.check(largest_bad_share=settings.largest_bad_share, listed_in=listed_in)
    cache = FilmCache(Path(settings.cache), settings.recipe)
    paths = write_shards(found.films, cache, output, films_per_shard=films_per_shard)
    tell({"films": len(found.films), "shards": [str(path) for path in paths]}, as_json=json_output)
