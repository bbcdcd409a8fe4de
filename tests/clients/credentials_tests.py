"""`spola` and botocore choose the same credentials, region and endpoint.

Each set-up is run twice, by both, against one server that imitates whoever gives
credentials, and Amazon ECR. What the two ask it for has to be the same.
"""

import hashlib
import http.server
import json
import os
import threading

import botocore.session
import conftest
import givers
import pytest
import setups


@pytest.fixture(scope="module")
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), givers.Handler)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def program():
    return os.environ.get("SPOLA_BINARY") or conftest.built()


@pytest.fixture(scope="module")
def loader():
    """Service models, read once."""
    return botocore.session.get_session().get_component("data_loader")


@pytest.mark.parametrize("name", setups.SETUPS)
def botocore_and_spola_choose_the_same(
    name, server, program, loader, sandbox, tmp_path, monkeypatch
):
    setup = setups.SETUPS[name]
    sandbox.faults()  # what the server answers is not to be judged
    url = f"http://127.0.0.1:{server.server_address[1]}"

    def filled(text):
        return text.replace("{url}", url).replace("{dir}", str(tmp_path))

    (tmp_path / "token").write_text("web-identity-token")
    (tmp_path / "config").write_text(filled(setup.config))
    (tmp_path / "credentials").write_text(filled(setup.credentials))
    environment = {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **({"HTTPS_PROXY": url} if setup.proxied else {}),
        **setup.env,
    }
    for variable in [variable for variable in os.environ if variable.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    for variable in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        if value:
            monkeypatch.setenv(variable, filled(value))
    cache = tmp_path / ".aws/sso/cache"
    cache.mkdir(parents=True)

    def log_in():
        for what, login in setup.logins.items():
            digest = hashlib.sha1(what.encode()).hexdigest()
            (cache / f"{digest}.json").write_text(json.dumps(login))

    log_in()
    server.seen = []
    theirs = setups.by_botocore(setup, loader, tmp_path, monkeypatch)
    they_asked = server.seen
    log_in()
    server.seen = []
    ours, said = setups.by_spola(setup, program)
    assert server.seen == they_asked, said
    assert ours == theirs, said
    assert theirs == (not setup.fails and not setup.proxied)
    assert they_asked or setup.fails
    assert "secretAKIA" not in said
