"""Images, as operations; copying them, too."""

from __future__ import annotations

from collections.abc import Sequence

from .operation import Operation
from .words import OnConflict, TagStatus


def copy_image(
    source: str,
    destination: str,
    *,
    tags: Sequence[str] | None = None,
    source_tags: bool = False,
    platforms: Sequence[str] | None = None,
    referrers: bool = False,
    on_conflict: OnConflict | None = None,
    layers_at_once: int | None = None,
    parts_at_once: int | None = None,
    part_bytes: int | None = None,
) -> Operation:
    """Copies an image, or an index with its images, from any registry to a repository in ECR.

    What is there already is not moved; every byte is checked; tags are put last. `tags` are
    put instead of the destination's or the source's own, `source_tags` adds all that the
    source has; `platforms` takes some of an index, `referrers` signatures too. Calls go with
    the credentials and to the endpoint of `source` and `destination`, where those are given
    apart. Gives `digest`, `mediaType`, `image`, `images`, `layers`, `tags`, `bytesMoved`."""
    return Operation(
        "copy-image",
        {
            "source": source,
            "destination": destination,
            "tags": tags,
            "source_tags": source_tags,
            "platforms": platforms,
            "referrers": referrers,
            "on_conflict": on_conflict,
            "layers_at_once": layers_at_once,
            "parts_at_once": parts_at_once,
            "part_bytes": part_bytes,
        },
    )


def plan_copy(
    source: str,
    destination: str,
    *,
    tags: Sequence[str] | None = None,
    source_tags: bool = False,
    platforms: Sequence[str] | None = None,
    referrers: bool = False,
    on_conflict: OnConflict | None = None,
) -> Operation:
    """What `copy_image` would do; changes nothing.

    Gives `source`, `destination`, `digest`, `mediaType`, `images`, `layers`, `tags`, each with
    its `action`, and `bytesToMove`."""
    return Operation(
        "plan-copy",
        {
            "source": source,
            "destination": destination,
            "tags": tags,
            "source_tags": source_tags,
            "platforms": platforms,
            "referrers": referrers,
            "on_conflict": on_conflict,
        },
    )


def list_images(
    repository: str,
    *,
    tag_status: TagStatus | None = None,
    glob: str | None = None,
    pattern: str | None = None,
) -> Operation:
    """The images of a repository as the service describes them. Gives `images`."""
    return Operation(
        "list-images",
        {
            "repository": repository,
            "tag_status": tag_status,
            "glob": glob,
            "pattern": pattern,
        },
    )


def inventory(
    repository: str,
    *,
    tag_status: TagStatus | None = None,
    glob: str | None = None,
    pattern: str | None = None,
) -> Operation:
    """A repository's images with their manifests, and what could not be got.

    Gives `images`, `failures`, `count`, `taggedCount`, `sizeInBytes`."""
    return Operation(
        "inventory",
        {
            "repository": repository,
            "tag_status": tag_status,
            "glob": glob,
            "pattern": pattern,
        },
    )


def newest_image(
    repository: str,
    *,
    tag_status: TagStatus | None = None,
    glob: str | None = None,
    pattern: str | None = None,
    missing_ok: bool = False,
) -> Operation:
    """The image that was pushed last. Gives `image` with its `imageUri`."""
    return Operation(
        "newest-image",
        {
            "repository": repository,
            "tag_status": tag_status,
            "glob": glob,
            "pattern": pattern,
            "missing_ok": missing_ok,
        },
    )


def get_image(
    image: str,
    *,
    missing_ok: bool = False,
) -> Operation:
    """One image with its manifest, byte for byte. Gives `image`: `imageUri`, `imageDigest`,
    `imageTag`, `imageManifest`, `imageManifestMediaType`."""
    return Operation(
        "get-image",
        {
            "image": image,
            "missing_ok": missing_ok,
        },
    )


def describe_image(
    image: str,
    *,
    missing_ok: bool = False,
) -> Operation:
    """One image as the service describes it: all of its tags, size, when pushed. Gives `image`."""
    return Operation(
        "describe-image",
        {
            "image": image,
            "missing_ok": missing_ok,
        },
    )


def image_layers(
    image: str,
    *,
    platform: str | None = None,
    check: bool = False,
) -> Operation:
    """Gives `layers` and `config`, `sizeInBytes`, `imageDigest`, `imageUri`; by `check` each with
    whether it is there."""
    return Operation(
        "image-layers",
        {
            "image": image,
            "platform": platform,
            "check": check,
        },
    )


def image_config(
    image: str,
    *,
    platform: str | None = None,
) -> Operation:
    """How an image runs. Gives `config`, `platform`, `imageDigest`, `imageUri`."""
    return Operation(
        "image-config",
        {
            "image": image,
            "platform": platform,
        },
    )


def image_platforms(
    image: str,
) -> Operation:
    """What an image runs on. Gives `platforms`, `isIndex`."""
    return Operation(
        "image-platforms",
        {
            "image": image,
        },
    )


def put_image(
    repository: str,
    manifest: str,
    *,
    media_type: str | None = None,
    tag: str | None = None,
    digest: str | None = None,
) -> Operation:
    """Adds a manifest whose layers are there. Gives `imageUri`, `imageDigest`, `imageTag`, and
    `change`: `put` or `present`."""
    return Operation(
        "put-image",
        {
            "repository": repository,
            "manifest": manifest,
            "media_type": media_type,
            "tag": tag,
            "digest": digest,
        },
    )


def tag_image(
    image: str,
    tags: Sequence[str],
) -> Operation:
    """Gives an image further tags. Gives `imageUri`, `imageDigest`, `added`, `moved`, `present`."""
    return Operation(
        "tag-image",
        {
            "image": image,
            "tags": tags,
        },
    )


def untag_image(
    repository: str,
    tags: Sequence[str],
    *,
    delete_untagged: bool = False,
) -> Operation:
    """Takes tags from images; an image's last tag only with `delete_untagged`, which deletes
    it. Gives `removed`, `missing`."""
    return Operation(
        "untag-image",
        {
            "repository": repository,
            "tags": tags,
            "delete_untagged": delete_untagged,
        },
    )


def delete_images(
    repository: str,
    images: Sequence[str] | None = None,
    *,
    untagged: bool = False,
    glob: str | None = None,
    pattern: str | None = None,
    keep_newest: int | None = None,
    pushed_before: int | None = None,
    dry_run: bool = False,
) -> Operation:
    """Deletes images: those named by tag or digest, or those described by the rest.

    Gives `images`, `deleted`, `kept`, `failures`; by `dry_run` nothing is deleted."""
    return Operation(
        "delete-images",
        {
            "repository": repository,
            "images": images,
            "untagged": untagged,
            "glob": glob,
            "pattern": pattern,
            "keep_newest": keep_newest,
            "pushed_before": pushed_before,
            "dry_run": dry_run,
        },
    )


def resolve_image(
    name: str,
    *,
    default_tag: str | None = None,
    check: bool = False,
) -> Operation:
    """Which image a name means: by its tag or digest, else `default_tag`, else the newest.

    Gives `imageUri` (by digest), `imageDigest`, `imageTag`, `repository`."""
    return Operation(
        "resolve-image",
        {
            "name": name,
            "default_tag": default_tag,
            "check": check,
        },
    )
