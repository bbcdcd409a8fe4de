# ruff: noqa: E501
"""The Amazon ECR toolkit: registries, repositories, images, and copying between them.

Each function here names an operation and gives it its arguments; nothing happens yet:

    spola.ecr.copy_image("app:v1", "backup/app").run(region="eu-west-1")
    await spola.ecr.list_images("app", glob="v1.*").run_async(transport=session)

`run` and `run_async` take what `Program.run` takes, and `account`: whose registry a name
without one means. `start` gives the bare machine, which is polled and fed as a workflow's
run is; `resume` goes on from its snapshot. A failure of AWS is a result, not an exception;
its `outputs` may hold `error`, with what AWS said.

Who knows `aibs_informatics_aws_utils.ecr` finds its names here:

| there | here |
|---|---|
| `ECRRegistryUri`, `ECRRepositoryUri`, `ECRImageUri` | `name(uri)`: `registry`, `account`, `region`, `repository`, `tag`, `digest` |
| `….from_components(…)` | `name("app:v1", account=…, region=…)`; asks nobody |
| `resolve_image_uri(name, default_tag)` | `resolve_image(name, default_tag=…)` |
| `ECRRegistry.from_env`, `.from_uri` | `account` and `region` of `run`; `registry=` of the operations |
| `ECRRegistry.list_repositories` | `list_repositories(registry)` |
| `ECRRegistry.get_repositories(name, tags)` | `list_repositories(pattern=…, tags=…)` |
| `ECRRegistry.get_ecr_login` | `login(registry)` |
| `ECRRepository.from_uri`, `.from_arn`, `.from_name` | any of these as `repository` |
| `ECRRepository.create(tags, image_tag_mutability, exists_ok)` | `create_repository(…)`, `ensure_repository(…)` |
| `ECRRepository.delete(force)` | `delete_repository(repository, force=…)` |
| `ECRRepository.exists` | `repository_exists(repository)` |
| `ECRRepository.get_image(image_tag, image_digest)` | `get_image("app:v1")`, `get_image("app@sha256:…")` |
| `ECRRepository.get_images(tag_status)` | `inventory(repository, tag_status=…)`, `list_images(…)` |
| `ECRRepository.put_lifecycle_policy` | `put_lifecycle_policy(repository, policy)` |
| `ECRResource.get_resource_tags` | `repository_tags(repository)` |
| `ECRResource.update_resource_tags(*tags, mode)` | `update_repository_tags(repository, tags, mode=…)` |
| `ECRImage(…)`, `.from_uri`, `.from_repository_uri` | any of these as `image` |
| `ECRImage.fetch_image_manifest`, `.image_manifest` | `get_image(image)`: `imageManifest` |
| `ECRImage.get_image_detail`, `.image_pushed_at`, `.image_tags` | `describe_image(image)` |
| `ECRImage.get_image_layers`, `.get_image_config_layer` | `image_layers(image)`: `layers`, `config` |
| `ECRImage.get_image_config` | `image_config(image)` |
| `ECRImage.put_image(image_tag)`, `.add_image_tags(*tags)` | `tag_image(image, tags)` |
| `ECRImageReplicator.replicate(…)`, `.process_request` | `copy_image(source, destination, tags=…)` |
| `ECRImageReplicator.upload_layers`, `.put_image` | `copy_image`, which does both; `put_image` for a manifest |
"""

from .images import (
    copy_image,
    delete_images,
    describe_image,
    get_image,
    image_config,
    image_layers,
    image_platforms,
    inventory,
    list_images,
    newest_image,
    plan_copy,
    put_image,
    resolve_image,
    tag_image,
    untag_image,
)
from .operation import OPERATIONS, Name, Operation, name, resume
from .repositories import (
    create_repository,
    delete_lifecycle_policy,
    delete_repository,
    delete_repository_policy,
    describe_registry,
    describe_repository,
    ensure_repository,
    lifecycle_policy,
    list_repositories,
    login,
    preview_lifecycle_policy,
    put_lifecycle_policy,
    put_repository_policy,
    repository_exists,
    repository_policy,
    repository_tags,
    update_repository_tags,
)
from .words import Mutability, OnConflict, Policy, TagMode, TagStatus

__all__ = [
    "OPERATIONS",
    "Mutability",
    "Name",
    "OnConflict",
    "Operation",
    "Policy",
    "TagMode",
    "TagStatus",
    "copy_image",
    "create_repository",
    "delete_images",
    "delete_lifecycle_policy",
    "delete_repository",
    "delete_repository_policy",
    "describe_image",
    "describe_registry",
    "describe_repository",
    "ensure_repository",
    "get_image",
    "image_config",
    "image_layers",
    "image_platforms",
    "inventory",
    "lifecycle_policy",
    "list_images",
    "list_repositories",
    "login",
    "name",
    "newest_image",
    "plan_copy",
    "preview_lifecycle_policy",
    "put_image",
    "put_lifecycle_policy",
    "put_repository_policy",
    "repository_exists",
    "repository_policy",
    "repository_tags",
    "resolve_image",
    "resume",
    "tag_image",
    "untag_image",
    "update_repository_tags",
]
