"""A Helm chart in an OCI layout."""

import json
from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    blobs = im.Blobs()
    manifest = {
        "schemaVersion": 2,
        "mediaType": im.OCI_MANIFEST,
        "config": blobs.put(b"{}", "application/vnd.cncf.helm.config.v1+json"),
        "layers": [blobs.put(b"\x1f\x8b chart", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")],
    }
    return str(blobs.write_layout(folder / "layout", {"chart": blobs.put(json.dumps(manifest).encode(), im.OCI_MANIFEST)}))


EVIL = Evil(
    id="artefact_no_image",
    attack='An OCI artefact that is no image is scanned as an empty one (OCI image-spec manifest.md, "Guidelines for Artifact Usage").',
    make=make,
    expect=(2,),
    says=r"no container image but an artefact: application/vnd\.cncf\.helm.* Name an image",
)
