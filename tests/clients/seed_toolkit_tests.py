"""The Python toolkit for ECR that others wrote, unchanged."""

import re
import urllib.parse

import images
import pytest
import requests
from aibs_informatics_aws_utils import ecr as toolkit
from aibs_informatics_aws_utils.exceptions import ResourceNotFoundError

ACCOUNT = "123456789012"
HOST = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def registry(sandbox):
    return toolkit.ECRRegistry.from_env()


def _repository(name, **options):
    repository = toolkit.ECRRepository.from_name(name)
    repository.create(**options)
    return repository


def names_are_made_from_the_caller_s_account(registry):
    assert registry.uri == HOST
    assert toolkit.ECRRepositoryUri.from_components("app") == f"{HOST}/app"
    uri = toolkit.ECRImageUri.from_components("app", image_tag="v1")
    assert (uri.account_id, uri.image_tag) == (ACCOUNT, "v1")


def a_repository_is_created_once_and_deleted():
    repository = _repository("app", tags=[toolkit.ResourceTag(Key="a", Value="1")])
    assert repository.exists()
    repository.create(tags=[toolkit.ResourceTag(Key="b", Value="2")])
    tags = {tag["Key"]: tag["Value"] for tag in repository.get_resource_tags()}
    assert tags == {"a": "1", "b": "2"}
    with pytest.raises(repository.client.exceptions.RepositoryAlreadyExistsException):
        repository.create(exists_ok=False)
    repository.delete(force=False)
    assert not repository.exists()
    with pytest.raises(repository.client.exceptions.RepositoryNotFoundException):
        repository.delete(force=True)


def tags_are_appended_and_overwritten():
    repository = _repository("app", tags=[toolkit.ResourceTag(Key="a", Value="1")])
    repository.update_resource_tags(toolkit.ResourceTag(Key="b", Value="2"))
    assert len(repository.get_resource_tags()) == 2
    repository.update_resource_tags(
        toolkit.ResourceTag(Key="c", Value="3"), mode=toolkit.TagMode.OVERWRITE
    )
    assert repository.get_resource_tags() == [{"Key": "c", "Value": "3"}]


def a_lifecycle_policy_is_put():
    repository = _repository("app")
    rule = toolkit.LifecyclePolicyRule.REMOVE_UNTAGGED(days=3)
    repository.put_lifecycle_policy(toolkit.LifecyclePolicy.from_rules(rule))
    kept = repository.client.get_lifecycle_policy(repositoryName="app")
    assert '"countNumber": 3' in kept["lifecyclePolicyText"]


def repositories_are_found_by_name_pattern_and_tag(registry):
    team = toolkit.ResourceTag(Key="team", Value="x")
    for name in ("team/app", "team/web", "other"):
        _repository(name, tags=[team] if name == "team/web" else None)

    def names(**filters):
        return [found.repository_name for found in registry.get_repositories(**filters)]

    assert names() == ["other", "team/app", "team/web"]
    assert names(repository_name="app") == ["team/app"]
    assert names(repository_name=re.compile("team/")) == ["team/app", "team/web"]
    assert names(repository_tags=[team]) == ["team/web"]


def images_are_listed_found_and_described(sandbox):
    repository = _repository("app")
    assert repository.get_images() == []
    digest = images.push(repository.client, "app", b"one", b"two", tags=["v1", "latest"])
    sandbox.control("images", {"repositoryName": "app", "count": 120, "tagsEach": 0})
    assert len(repository.get_images()) == 121
    tagged = repository.get_images("TAGGED")
    assert [image.image_digest for image in tagged] == [digest]
    image = repository.get_image(image_tag="v1")
    assert image == repository.get_image(image_digest=digest) == tagged[0]
    assert set(image.image_tags) == {"v1", "latest"}
    assert image.image_pushed_at.year > 2000
    assert image.get_image_detail()["imageDigest"] == digest
    layers = [layer["layerDigest"] for layer in image.get_image_layers()]
    assert layers == [images.digest(b"one"), images.digest(b"two")]
    assert image.get_image_config_layer()["mediaType"] == images.CONFIG
    assert image.fetch_image_manifest() == images.manifest([b"one", b"two"])
    by_uri = toolkit.ECRImage.from_uri(f"{HOST}/app:v1")
    assert by_uri == image and by_uri.image_manifest == image.image_manifest
    with pytest.raises(ResourceNotFoundError):
        repository.get_image(image_tag="none")


def tags_are_added_to_an_image():
    repository = _repository("app")
    images.push(repository.client, "app", b"one")
    image = repository.get_images()[0]
    image.add_image_tags("v1", "v2")
    image.put_image("v2")
    image.put_image(None)
    assert set(image.image_tags) == {"v1", "v2"}


def the_newest_image_is_resolved_and_a_tag_too():
    repository = _repository("app")
    images.push(repository.client, "app", b"one", tags=["v1"])
    first = repository.get_image(image_tag="v1")
    assert toolkit.resolve_image_uri("app", default_tag="v1") == first.uri
    assert toolkit.resolve_image_uri("app") == first.uri
    assert toolkit.resolve_image_uri(f"{HOST}/app:v9") == f"{HOST}/app:v9"
    with pytest.raises(ResourceNotFoundError):
        toolkit.resolve_image_uri("none")


def a_login_is_given_for_the_registry(registry):
    login = registry.get_ecr_login()
    assert (login.username, login.registry) == ("AWS", HOST)
    assert login.auth_token


@pytest.mark.parametrize("tags, expected", [(None, {"v1", "v2"}), (["copy"], {"copy"}), ([], None)])
def an_image_is_replicated_with_its_layers(sandbox, tags, expected):
    sandbox.settings(partBytes=100_000, smallestPartBytes=50_000)
    source, target = _repository("source"), _repository("target")
    layers = [bytes(range(256)) * 1000, b"small"]
    digest = images.push(source.client, "source", *layers, tags=["v1", "v2"])
    image = source.get_image(image_tag="v1")
    replicator = toolkit.ECRImageReplicator()
    copied = replicator.replicate(image, target, tags)
    assert copied.image_digest == digest
    assert copied.image_manifest == image.image_manifest
    assert set(copied.get_image_detail().get("imageTags", [])) == (expected or set())
    there = target.client.batch_check_layer_availability(
        repositoryName="target", layerDigests=[images.digest(layer) for layer in layers]
    )
    assert [layer["layerSize"] for layer in there["layers"]] == [256_000, 5]
    # Once more: nothing to do, nothing refused.
    assert replicator.replicate(image, target, tags) == copied


def the_layers_that_a_refusal_names_are_replicated():
    source, target = _repository("source"), _repository("target")
    images.push(source.client, "source", b"one", b"two", tags=["v1"])
    image = source.get_image(image_tag="v1")
    copied = toolkit.ECRImageReplicator().put_image(image, target)
    assert copied.image_tags == ["v1"]


def a_request_replicates_into_another_region():
    source = _repository("source")
    images.push(source.client, "source", b"one", tags=["v1"])
    target = toolkit.ECRRepository.from_name("target", region="eu-west-1")
    target.create()
    request = toolkit.ReplicateImageRequest(
        source_image=source.get_image(image_tag="v1"),
        destination_repository=target,
        destination_image_tags=["there"],
    )
    answer = toolkit.ECRImageReplicator().process_request(request)
    assert answer.destination_image.uri.startswith(HOST.replace("us-east-1", "eu-west-1"))
    assert [image.image_tags for image in target.get_images()] == [["there"]]


@pytest.fixture
def _resolved(sandbox, monkeypatch):
    """Leads every host of AWS to the sandbox, as a name server would."""
    send = requests.adapters.HTTPAdapter.send

    def sent(adapter, request, **options):
        host = urllib.parse.urlsplit(request.url).netloc
        assert host.endswith(".amazonaws.com"), host
        request.url = request.url.replace(f"https://{host}", sandbox.url)
        request.headers["Host"] = host
        response = send(adapter, request, **options)
        # what is relative in the answer is relative to what was asked for
        response.url = request.url.replace(sandbox.url, f"https://{host}")
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", sent)


@pytest.mark.usefixtures("_resolved")
def the_configuration_of_an_image_is_fetched():
    repository = _repository("app")
    images.push(repository.client, "app", b"one", tags=["v1"])
    assert repository.get_image(image_tag="v1").get_image_config()["os"] == "linux"
