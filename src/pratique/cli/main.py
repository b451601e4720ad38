"""The command line's root: finds a verb, runs it, and turns every end into an exit code.

0 allowed, or nothing asked · 1 denied · 2 usage or tool error, no report possible · 3 could not tell.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback

import click

from pratique import __version__
from pratique.errors import PratiqueError

ERROR = 2
"""The exit code of a usage or tool error."""
INTERRUPTED = 130
"""The exit code of what the user ended: 128 and the number of SIGINT."""

VERBS = {
    "scan": "Say what is in an image, what is wrong with it and what to do.",
    "lint": "Say what is wrong with Dockerfiles, before anything is built.",
    "sbom": "Write the bill of materials of an image.",
    "feeds": "Look after the advisory data: status, sync, export, verify.",
    "completion": "Print the shell completion script.",
}


class Verbs(click.Group):
    """Verbs that are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """Return the names of all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb's command, imported now; None where there is none of that name."""
        if cmd_name not in VERBS:
            return None
        if not ctx.resilient_parsing and "--help" in sys.argv[1:2]:
            return click.Command(cmd_name, short_help=VERBS[cmd_name])  # the overview needs no more than a line of each
        command = getattr(importlib.import_module(f"pratique.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pratique")
def cli() -> None:
    """Pratique gives a container image its licence to enter port: it says what is in it, what is wrong, which layer and instruction brought it,
    and what to do.

    \b
      pratique scan alpine:3.20                    from a registry
      pratique scan app.tar                        what `docker save` wrote
      pratique scan app -o sarif=app.sarif -f table
      pratique scan app --fail-on high             exit code 1 where something that bad is in it
      pratique sbom app -f spdx -o app.spdx.json
      pratique feeds status                        what is known, and how old it is

    Exit codes: 0 nothing denied, 1 denied by --fail-on, 2 no report possible, 3 something could not be seen.
    """  # noqa: D205, D301 - text for the terminal


def main() -> None:
    """Run the command line; never returns."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.ClickException as fault:
        fault.show()
        code = ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("\ninterrupted; what was finished is kept, the next run goes on from there", err=True)
        code = INTERRUPTED
    except PratiqueError as fault:
        _tell(fault.message, fault.remedy)
        code = ERROR
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has gone; nothing is wrong
        code = 0
    except OSError as fault:
        _tell(f"{fault.strerror or fault}{f': {fault.filename}' if fault.filename else ''}", _remedy(fault))
        code = ERROR
    except (MemoryError, RecursionError) as fault:
        _tell(f"there was not enough {'memory' if isinstance(fault, MemoryError) else 'stack'} for this", "do not trust what was scanned; report it")
        code = ERROR
    except Exception as fault:
        if os.environ.get("PRATIQUE_DEBUG"):
            traceback.print_exc()
        _tell(f"internal error: {type(fault).__name__}: {fault}", "this is a fault of pratique; set PRATIQUE_DEBUG=1 to see where, and report it")
        code = ERROR
    sys.exit(code if isinstance(code, int) else 0)


def _remedy(fault: OSError) -> str:
    import tempfile

    match fault.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"make room: temporary files go to {tempfile.gettempdir()} (TMPDIR), what is remembered to the data directory (--data)"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "check its permissions; or name another place to write to"
        case errno.EMFILE | errno.ENFILE:
            return "allow more open files (ulimit -n)"
        case _:
            return "check that the path is right and can be used"


def _tell(message: str, remedy: str) -> None:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {printable(message)}", err=True)
    if remedy:
        click.echo(f"       {printable(remedy)}", err=True)


def printable(text: str) -> str:
    """Return text that is safe on a terminal: what could steer it is escaped."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


if __name__ == "__main__":
    main()
