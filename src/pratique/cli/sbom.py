"""`pratique sbom`: what is in an image, without judgement."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pratique.cli.options import Progress, clock, data_folder, data_options, image_options, output_options, targets, write


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@image_options()
@output_options()
@click.option("--strict", is_flag=True, help="Exit with 3 for every gap, also for those that leave the answer standing.")
@data_options()
def sbom(
    image: str, platform: str | None, insecure: bool, format_: str | None, outputs: tuple[str, ...], strict: bool, data: Path | None, quiet: bool
) -> None:
    """Write the bill of materials of IMAGE: CycloneDX unless another format is asked for.

    IMAGE is named as for `pratique scan`.
    """
    from pratique.inspection import scan as inspection

    wanted = targets(format_, outputs, "cyclonedx")
    progress = Progress(quiet)
    request = inspection.Request(
        image,
        clock(),
        data_folder(data),
        platform=platform,
        insecure=insecure,
        environ=os.environ,
        progress=progress if progress.on else None,
    )
    try:
        report = inspection.bill(request)
    finally:
        progress.close()
    write(report, wanted, inventory_only=True)
    raise click.exceptions.Exit(3 if report.blind or (strict and report.gaps) else 0)
