"""boto3 under the faults that it was asked to meet."""

import http.client
import json
import urllib.request

import conftest
import images
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError


@pytest.fixture
def hasty(sandbox, _models):
    """A client that waits little between attempts."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 4})
    return conftest.client(_models, "ecr", sandbox.url, config=config)


def _seen(sandbox):
    with urllib.request.urlopen(f"{sandbox.url}/_sandbox/faults") as response:
        return [fault["seen"] for fault in json.load(response)]


@pytest.mark.parametrize(
    "kind", ["throttling", "server-error", "service-unavailable", "bad-gateway", "lost-answer"]
)
def a_call_is_sent_again(hasty, sandbox, kind):
    sandbox.faults({"kind": kind, "operation": "DescribeRepositories", "times": 1})
    assert hasty.describe_repositories()["repositories"] == []
    assert _seen(sandbox) == [2]


@pytest.mark.parametrize(
    "kind, code",
    [
        ("expired-token", "ExpiredTokenException"),
        ("access-denied", "AccessDeniedException"),
        ("skewed-clock", "InvalidSignatureException"),
    ],
)
def a_call_is_given_up(hasty, sandbox, kind, code):
    sandbox.faults({"kind": kind, "times": 1})
    with pytest.raises(ClientError) as refused:
        hasty.describe_repositories()
    assert refused.value.response["Error"]["Code"] == code
    assert _seen(sandbox) == [1]


def a_malformed_answer_is_read_as_an_empty_one(hasty, sandbox):
    sandbox.faults({"kind": "malformed-body"})
    assert "repositories" not in hasty.describe_repositories()


@pytest.mark.parametrize("kind", ["connection-reset", "lost-connection"])
def a_broken_connection_is_an_error_and_then_nothing_is_wrong(ecr, sandbox, kind):
    sandbox.faults({"kind": kind, "times": 20})
    with pytest.raises(HTTPClientError):
        ecr.describe_repositories()
    sandbox.faults()
    assert ecr.describe_repositories()["repositories"] == []


def half_of_an_answer_or_a_layer_ends_with_the_connection(ecr, sandbox):
    ecr.create_repository(repositoryName="app")
    images.push(ecr, "app", b"0123456789")
    url = ecr.get_download_url_for_layer(
        repositoryName="app", layerDigest=images.digest(b"0123456789")
    )["downloadUrl"]
    sandbox.faults({"kind": "truncated-body"})
    target = {"x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"}
    call = urllib.request.Request(sandbox.url, data=b"{}", headers=target)
    for request in (call, url):
        with urllib.request.urlopen(request) as response:
            with pytest.raises(http.client.IncompleteRead):
                response.read()


@pytest.mark.parametrize("kind", ["connection-reset", "lost-connection"])
def a_call_whose_connection_is_lost_is_sent_again(hasty, sandbox, kind):
    sandbox.faults({"kind": kind, "times": 1})
    assert hasty.describe_repositories()["repositories"] == []
    assert _seen(sandbox) == [2]


def a_corrupted_part_is_found_when_the_layer_is_completed(hasty, sandbox):
    hasty.create_repository(repositoryName="app")
    sandbox.faults({"kind": "corrupted-part", "operation": "UploadLayerPart", "times": 1})
    with pytest.raises(hasty.exceptions.InvalidLayerException):
        images.upload(hasty, "app", b"0123456789")
    images.upload(hasty, "app", b"0123456789")


def half_a_part_is_gone_on_from(hasty, sandbox):
    hasty.create_repository(repositoryName="app")
    sandbox.faults({"kind": "partial-part", "operation": "UploadLayerPart", "times": 1})
    upload = hasty.initiate_layer_upload(repositoryName="app")["uploadId"]
    part = {"repositoryName": "app", "uploadId": upload}
    received = hasty.upload_layer_part(
        partFirstByte=0, partLastByte=9, layerPartBlob=b"0123456789", **part
    )["lastByteReceived"]
    assert received == 4
    sandbox.settings(smallestPartBytes=5)
    hasty.upload_layer_part(partFirstByte=5, partLastByte=9, layerPartBlob=b"56789", **part)
    hasty.complete_layer_upload(layerDigests=[images.digest(b"0123456789")], **part)
