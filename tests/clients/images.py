"""Images, made and pushed by the calls that a client makes."""

import hashlib
import json

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def descriptor(media_type, content):
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}


def upload(ecr, repository, content, part_bytes=None):
    """Uploads a layer in parts; gives its digest."""
    begun = ecr.initiate_layer_upload(repositoryName=repository)
    size = part_bytes or begun["partSize"]
    upload_id = begun["uploadId"]
    for first in range(0, len(content), size):
        part = content[first : first + size]
        received = ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=upload_id,
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
        assert received["lastByteReceived"] == first + len(part) - 1
    done = ecr.complete_layer_upload(
        repositoryName=repository, uploadId=upload_id, layerDigests=[digest(content)]
    )
    assert done["layerDigest"] == digest(content)
    return done["layerDigest"]


def manifest(layers, config=b'{"architecture":"amd64","os":"linux"}', **members):
    """The text of an image's manifest."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, config),
            "layers": [descriptor(LAYER, layer) for layer in layers],
            **members,
        }
    )


def push(ecr, repository, *layers, tags=(), config=b'{"architecture":"amd64","os":"linux"}'):
    """Uploads what is missing of an image and puts it; gives its digest."""
    blobs = {digest(blob): blob for blob in [*layers, config]}
    there = ecr.batch_check_layer_availability(
        repositoryName=repository, layerDigests=list(blobs)
    )
    for layer in there["layers"]:
        if layer["layerAvailability"] == "UNAVAILABLE":
            upload(ecr, repository, blobs[layer["layerDigest"]])
    text = manifest(layers, config)
    for tag in tags or [None]:
        tagged = {"imageTag": tag} if tag else {}
        put = ecr.put_image(
            repositoryName=repository,
            imageManifest=text,
            imageManifestMediaType=MANIFEST,
            **tagged,
        )
        assert put["image"]["imageId"]["imageDigest"] == digest(text.encode())
    return digest(text.encode())
