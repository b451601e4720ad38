"""`pratique completion`: the script that lets a shell complete verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    r"""Print the completion script of a SHELL.

    \b
      bash   source <(pratique completion bash)
      zsh    source <(pratique completion zsh)
      fish   pratique completion fish | source
    """
    from pratique.cli.main import cli

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "pratique", "_PRATIQUE_COMPLETE").source())
