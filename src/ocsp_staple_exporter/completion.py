"""The command `completion`: prints what a shell needs to complete our commands, options and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

PROGRAM = "ocsp-staple-exporter"

VARIABLE = "_OCSP_STAPLE_EXPORTER_COMPLETE"
"""By it the program learns that a shell asks; click derives the same name from the program's."""

SHELLS = ("bash", "zsh", "fish")


HELP = """Print a script with which bash (4.4 or later), zsh or fish completes this program.

\b
For this session:
  bash  source <(ocsp-staple-exporter completion bash)
  zsh   source <(ocsp-staple-exporter completion zsh)
  fish  ocsp-staple-exporter completion fish | source

\b
For good:
  bash  mkdir -p ~/.local/share/bash-completion/completions
        ocsp-staple-exporter completion bash \\
          > ~/.local/share/bash-completion/completions/ocsp-staple-exporter
  zsh   mkdir -p ~/.zfunc
        ocsp-staple-exporter completion zsh > ~/.zfunc/_ocsp-staple-exporter
        and in ~/.zshrc, before compinit: fpath+=~/.zfunc
  fish  ocsp-staple-exporter completion fish \\
          > ~/.config/fish/completions/ocsp-staple-exporter.fish

What bash finds there by itself needs the package bash-completion.
"""


@click.command(help=HELP, short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that click makes for that shell."""
    click.echo(_script(ctx.find_root().command, shell))


def _script(program: click.Command, shell: str) -> str:
    """Click's script, without its look at which bash is installed here: the script may be for elsewhere."""
    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError(shell)  # click knows every one of SHELLS
    made = kind(program, {}, PROGRAM, VARIABLE)
    return made.source_template % made.source_vars()
