"""Registries and repositories, as operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .operation import Operation
from .words import Mutability, Policy, TagMode


def describe_registry(
    registry: str | None = None,
) -> Operation:
    """Account and replication rules; the cheapest way to learn whose registry it is.

    Gives `registryId`, `region`, `registry`, `replicationConfiguration`."""
    return Operation(
        "describe-registry",
        {
            "registry": registry,
        },
    )


def list_repositories(
    registry: str | None = None,
    *,
    name: str | None = None,
    glob: str | None = None,
    pattern: str | None = None,
    tags: Mapping[str, str | None] | None = None,
    with_tags: bool = False,
) -> Operation:
    """The repositories of a registry: of a `name`, of names that fit `glob` (`*`, `?`) or of
    which the regular expression `pattern` matches a part; those with all of `tags`, where
    `None` stands for any value. Gives `repositories`, `with_tags` each with its `tags`."""
    return Operation(
        "list-repositories",
        {
            "registry": registry,
            "name": name,
            "glob": glob,
            "pattern": pattern,
            "tags": tags,
            "with_tags": with_tags,
        },
    )


def login(
    registry: str | None = None,
) -> Operation:
    """A password for Docker, good for 12 hours.

    Gives `username`, `password`, `registry`, `expiresAt` (Unix seconds), `token`."""
    return Operation(
        "login",
        {
            "registry": registry,
        },
    )


def ensure_repository(
    repository: str,
    *,
    mutability: Mutability | None = None,
    exclusions: Sequence[str] | None = None,
    scan_on_push: bool | None = None,
    encryption: str | None = None,
    kms_key: str | None = None,
    tags: Mapping[str, str] | None = None,
    tag_mode: TagMode | None = None,
    lifecycle_policy: Policy | None = None,
    policy: Policy | None = None,
) -> Operation:
    """Created where it is missing, else only what differs is changed; what is not given stays.

    `exclusions` are tags to which the opposite of `mutability` applies. Gives `repository`,
    `change` (`created`, `updated`, `unchanged`), `changes`."""
    return Operation(
        "ensure-repository",
        {
            "repository": repository,
            "mutability": mutability,
            "exclusions": exclusions,
            "scan_on_push": scan_on_push,
            "encryption": encryption,
            "kms_key": kms_key,
            "tags": tags,
            "tag_mode": tag_mode,
            "lifecycle_policy": lifecycle_policy,
            "policy": policy,
        },
    )


def create_repository(
    repository: str,
    *,
    mutability: Mutability | None = None,
    exclusions: Sequence[str] | None = None,
    scan_on_push: bool | None = None,
    encryption: str | None = None,
    kms_key: str | None = None,
    tags: Mapping[str, str] | None = None,
    exists_ok: bool = False,
) -> Operation:
    """Creates a repository; with `exists_ok` one that exists gets the tags. Gives `repository`,
    `created`."""
    return Operation(
        "create-repository",
        {
            "repository": repository,
            "mutability": mutability,
            "exclusions": exclusions,
            "scan_on_push": scan_on_push,
            "encryption": encryption,
            "kms_key": kms_key,
            "tags": tags,
            "exists_ok": exists_ok,
        },
    )


def delete_repository(
    repository: str,
    *,
    force: bool = False,
    missing_ok: bool = False,
) -> Operation:
    """Deletes a repository, by `force` with its images. Gives `deleted`, `repository`."""
    return Operation(
        "delete-repository",
        {
            "repository": repository,
            "force": force,
            "missing_ok": missing_ok,
        },
    )


def repository_exists(
    repository: str,
) -> Operation:
    """Gives `exists`, and the `repository` where it does."""
    return Operation(
        "repository-exists",
        {
            "repository": repository,
        },
    )


def describe_repository(
    repository: str,
) -> Operation:
    """Gives `repository` as the service describes it."""
    return Operation(
        "describe-repository",
        {
            "repository": repository,
        },
    )


def repository_tags(
    repository: str,
) -> Operation:
    """Gives the `tags` of a repository."""
    return Operation(
        "repository-tags",
        {
            "repository": repository,
        },
    )


def update_repository_tags(
    repository: str,
    tags: Mapping[str, str] | None = None,
    *,
    remove: Sequence[str] | None = None,
    mode: TagMode | None = None,
) -> Operation:
    """Changes tags, by the fewest calls. Gives `tags`, `added`, `changed`, `removed`."""
    return Operation(
        "update-repository-tags",
        {
            "repository": repository,
            "tags": tags,
            "remove": remove,
            "mode": mode,
        },
    )


def lifecycle_policy(
    repository: str,
    *,
    missing_ok: bool = False,
) -> Operation:
    """Which images expire. Gives `policy`, `text`, `lastEvaluatedAt`."""
    return Operation(
        "lifecycle-policy",
        {
            "repository": repository,
            "missing_ok": missing_ok,
        },
    )


def put_lifecycle_policy(
    repository: str,
    policy: Policy,
) -> Operation:
    """Sets which images expire. Gives `policy`."""
    return Operation(
        "put-lifecycle-policy",
        {
            "repository": repository,
            "policy": policy,
        },
    )


def delete_lifecycle_policy(
    repository: str,
    *,
    missing_ok: bool = False,
) -> Operation:
    """Gives `deleted`, and the `policy` that was."""
    return Operation(
        "delete-lifecycle-policy",
        {
            "repository": repository,
            "missing_ok": missing_ok,
        },
    )


def preview_lifecycle_policy(
    repository: str,
    policy: Policy | None = None,
) -> Operation:
    """Which images a policy would expire; that of the repository, unless given.

    Gives `results`, `summary`, `policy`."""
    return Operation(
        "preview-lifecycle-policy",
        {
            "repository": repository,
            "policy": policy,
        },
    )


def repository_policy(
    repository: str,
    *,
    missing_ok: bool = False,
) -> Operation:
    """Who may do what. Gives `policy`, `text`."""
    return Operation(
        "repository-policy",
        {
            "repository": repository,
            "missing_ok": missing_ok,
        },
    )


def put_repository_policy(
    repository: str,
    policy: Policy,
    *,
    force: bool = False,
) -> Operation:
    """Sets who may do what; by `force` even if the caller cannot change it again.

    Gives `policy`.
    """
    return Operation(
        "put-repository-policy",
        {
            "repository": repository,
            "policy": policy,
            "force": force,
        },
    )


def delete_repository_policy(
    repository: str,
    *,
    missing_ok: bool = False,
) -> Operation:
    """Gives `deleted`, and the `policy` that was."""
    return Operation(
        "delete-repository-policy",
        {
            "repository": repository,
            "missing_ok": missing_ok,
        },
    )
