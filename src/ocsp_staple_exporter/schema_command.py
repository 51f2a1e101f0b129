"""The command `config-schema`: what editors need to complete and check a config file."""

from __future__ import annotations

import json

import click

from ocsp_staple_exporter.config.json_schema import json_schema


@click.command("config-schema")
def config_schema() -> None:
    """Print the JSON Schema of the config file, for editors.

    Save it as config.schema.json beside the file, whose first line then is
    "# yaml-language-server: $schema=config.schema.json".
    """
    try:
        click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    except OSError as error:
        raise click.ClickException(f"the schema cannot be written: {error.strerror}") from error
