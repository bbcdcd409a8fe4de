"""Credentials, region and endpoints: given, of the environment, as boto3 finds them."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import spola
from botocore.credentials import Credentials, RefreshableCredentials

import harness
import pets
import services

GIVEN = {"access_key_id": "AKIDGIVEN", "secret_access_key": "secret"}


@pytest.mark.parametrize(
    "credentials",
    [
        GIVEN,
        {"aws_access_key_id": "AKIDGIVEN", "aws_secret_access_key": "secret"},
        Credentials("AKIDGIVEN", "secret"),
        Credentials("AKIDGIVEN", "secret").get_frozen_credentials(),
        lambda: GIVEN,
        lambda: Credentials("AKIDGIVEN", "secret"),
    ],
)
def credentials_are_taken_in_any_form(credentials: Any) -> None:
    service = services.Service()
    assert services.inventory(service, credentials=credentials).outcome == "succeeded"
    assert service.keys == ["AKIDGIVEN"]
    assert service.requests[0].header("x-amz-security-token") is None


async def an_asynchronous_callable_gives_credentials() -> None:
    async def fetch() -> Any:
        return {**GIVEN, "session_token": "token"}

    service = services.Service()
    program = harness.shipped("image-inventory")
    result = await program.run_async(
        None, services.INPUTS, transport=service, region="eu-west-1", credentials=fetch
    )
    assert result.outcome == "succeeded" and service.keys == ["AKIDGIVEN"]
    assert service.requests[0].header("x-amz-security-token") == "token"
    with pytest.raises(spola.HostError) as raised:
        services.inventory(service, credentials=fetch)
    assert raised.value.code == "host.asynchronous"


def expired_credentials_are_fetched_again() -> None:
    calls: list[int] = []

    def fetch() -> Any:
        calls.append(1)
        return {
            "access_key_id": f"AKID{len(calls)}",
            "secret_access_key": "s",
            "session_token": "t",
        }

    service = services.Service("ExpiredTokenException")
    assert services.inventory(service, credentials=fetch).outcome == "succeeded"
    assert service.keys == ["AKID1", "AKID2"]


def botocores_credentials_refresh_themselves() -> None:
    calls: list[int] = []

    def metadata() -> dict[str, str]:
        calls.append(1)
        return {
            "access_key": f"AKID{len(calls)}",
            "secret_key": "s",
            "token": "t",
            "expiry_time": "2999-01-01T00:00:00Z",
        }

    refreshable = RefreshableCredentials.create_from_metadata(metadata(), metadata, "test")
    service = services.Service("ExpiredTokenException")
    assert services.inventory(service, credentials=refreshable).outcome == "succeeded"
    assert service.keys == ["AKID1", "AKID2"]


def the_environment_gives_credentials_region_and_endpoint(monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t")
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    service = services.Service()
    services.inventory(service, region=None)
    assert service.keys == ["AKIDENV"]
    assert service.requests[0].header("x-amz-security-token") == "t"
    assert service.requests[0].url == "https://api.ecr.ap-south-1.amazonaws.com/"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", "http://localhost:4510")
    services.inventory(service, region=None)
    assert service.requests[-1].url == "http://localhost:4510/"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    services.inventory(service, region=None)
    assert service.requests[-1].url == "https://api.ecr.ap-south-1.amazonaws.com/"


def a_profile_gives_credentials_region_and_endpoint(monkeypatch, tmp_path) -> None:
    (tmp_path / "config").write_text(
        "[profile dev]\nregion = eu-north-1\nservices = local\n"
        "[services local]\necr =\n  endpoint_url = http://localhost:4511\n"
        "[profile other]\nregion = eu-south-1\n"
    )
    (tmp_path / "credentials").write_text(
        "[dev]\naws_access_key_id = AKIDDEV\naws_secret_access_key = s\n"
        "[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = s\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "dev")
    service = services.Service()
    services.inventory(service, region=None)
    services.inventory(service, region=None, profile="other")
    assert service.keys == ["AKIDDEV", "AKIDOTHER"]
    assert service.requests[0].url == "http://localhost:4511/"
    assert service.requests[-1].url == "https://api.ecr.eu-south-1.amazonaws.com/"
    with pytest.raises(spola.HostError) as raised:
        services.inventory(service, region=None, profile="nobody")
    assert raised.value.code == "host.no-such-profile"


def without_botocore_the_environment_is_enough(monkeypatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    service = services.Service()
    result = services.inventory(service, region=None)
    assert result.failure is not None and "there are no AWS credentials" in result.failure.message
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert services.inventory(service, region=None).outcome == "succeeded"
    with pytest.raises(spola.HostError) as raised:
        services.inventory(service, profile="dev")
    assert raised.value.code == "host.botocore-missing"


def without_a_region_the_failure_says_so() -> None:
    result = services.inventory(services.Service(), region=None, credentials=GIVEN)
    assert result.outcome == "failed" and result.failure is not None
    assert "region" in result.failure.message


@pytest.mark.parametrize(
    "credentials, code",
    [
        ({"access_key_id": "A"}, "host.wrong-value"),
        ({"access_key_id": 1, "secret_access_key": "s"}, "host.wrong-type"),
        (7, "host.wrong-type"),
        (lambda: 7, "host.wrong-type"),
        (lambda: 1 / 0, "host.credentials-raised"),
    ],
)
def credentials_that_are_none_are_an_error(credentials: Any, code: str) -> None:
    with pytest.raises(spola.HostError) as raised:
        services.inventory(services.Service(), credentials=credentials)
    assert raised.value.code == code and raised.value.help


def credentials_do_not_go_over_plain_http_unless_to_a_named_endpoint(caplog) -> None:
    service = services.Service()
    assert (
        services.inventory(service, endpoint="http://aws.example", credentials=GIVEN).outcome
        == "succeeded"
    )
    assert "credentials go to aws.example without encryption" in caplog.text


SECURED = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: https://pets.example}]
security: [{s: []}]
components: {securitySchemes: {s: SCHEME}}
paths: {/pets: {get: {operationId: listPets}}}
"""


@pytest.mark.parametrize(
    "scheme, auth, header, value",
    [
        ("{type: http, scheme: bearer}", {"pets": "t0ken"}, "authorization", "Bearer t0ken"),
        (
            "{type: http, scheme: bearer}",
            {"pets": lambda: "t0ken"},
            "authorization",
            "Bearer t0ken",
        ),
        ("{type: http, scheme: bearer}", lambda auth: auth.source, "authorization", "Bearer pets"),
        ("{type: http, scheme: basic}", {"pets": "u:p"}, "authorization", "Basic dTpw"),
        ("{type: http, scheme: basic}", {"pets": ("u", "p")}, "authorization", "Basic dTpw"),
        ("{type: apiKey, name: X-Key, in: header}", {"pets": "k"}, "x-key", "k"),
        ("{type: http, scheme: bearer}", {}, "authorization", None),
        ("{type: http, scheme: bearer}", None, "authorization", None),
    ],
)
def other_schemes_take_a_text_or_a_callable(
    scheme: str, auth: Any, header: str, value: Any
) -> None:
    program = spola.load(pets.COUNT, sources={"pets": SECURED.replace("SCHEME", scheme)})
    seen: list[spola.Request] = []

    def call(send: spola.Send) -> Any:
        seen.append(send.request)
        return 200, {}, b""

    program.run(transport=call, auth=auth)
    assert seen[0].header(header) == value


def a_secret_that_cannot_be_sent_fails_the_step_without_telling_it() -> None:
    program = spola.load(
        pets.COUNT, sources={"pets": SECURED.replace("SCHEME", "{type: http, scheme: basic}")}
    )
    result = program.run(transport=lambda send: (200, {}, b""), auth={"pets": "hunter2"})
    assert result.failure is not None and "user:password" in result.failure.message
    assert "hunter2" not in result.failure.message
