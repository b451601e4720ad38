"""An artefact with the empty configuration, whose kind stands in `artifactType`."""

import json
from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    blobs = im.Blobs()
    manifest = {
        "schemaVersion": 2,
        "mediaType": im.OCI_MANIFEST,
        "artifactType": "application/vnd.example.sbom.v1",
        "config": blobs.put(b"{}", "application/vnd.oci.empty.v1+json"),
        "layers": [blobs.put(b"{}", "application/vnd.oci.empty.v1+json")],
    }
    return str(blobs.write_layout(folder / "layout", {"sbom": blobs.put(json.dumps(manifest).encode(), im.OCI_MANIFEST)}))


EVIL = Evil(
    id="artefact_empty_config",
    attack='An artefact without a configuration passes for an image without packages (OCI image-spec manifest.md, "artifactType").',
    make=make,
    expect=(2,),
    says=r"an artefact: application/vnd\.example\.sbom\.v1.* Name an image",
)
