"""Documents behind URLs."""

from __future__ import annotations

import json

import pytest
import spola

import pets
import server


def a_document_is_read_over_the_network(web: server.Server) -> None:
    web.texts["/count.arazzo.json"] = json.dumps(pets.COUNT).encode()
    web.texts["/pets.yaml"] = pets.PETS.encode()
    program = spola.load(f"{web.url}/count.arazzo.json")
    assert program.digest == pets.program().digest
    assert [path for _, path, _, _ in web.seen] == ["/count.arazzo.json", "/pets.yaml"]


def a_redirect_is_followed_and_its_end_is_the_base(web: server.Server) -> None:
    web.moved["/old"] = "/new/count.arazzo.json"
    web.texts["/new/count.arazzo.json"] = json.dumps(pets.COUNT).encode()
    web.texts["/new/pets.yaml"] = pets.PETS.encode()
    assert spola.load(f"{web.url}/old").digest == pets.program().digest


def a_document_that_is_not_there_says_why(web: server.Server) -> None:
    with pytest.raises(spola.DocumentError) as raised:
        spola.load(f"{web.url}/missing")
    assert "status 404" in raised.value.message
    web.moved["/round"] = "/round"
    with pytest.raises(spola.DocumentError) as raised:
        spola.load(f"{web.url}/round")
    assert "redirected too often" in raised.value.message
    with pytest.raises(spola.DocumentError) as raised:
        spola.load(f"http://127.0.0.1:{server.closed_port()}/x")
    assert "no connection" in raised.value.message


def another_way_to_fetch_can_be_given() -> None:
    texts = {
        "https://a.example/count.arazzo.json": json.dumps(pets.COUNT).encode(),
        "https://a.example/pets.yaml": pets.PETS.encode(),
    }
    program = spola.load("https://a.example/count.arazzo.json", fetch=texts.__getitem__)
    assert program.digest == pets.program().digest
    with pytest.raises(spola.DocumentError) as raised:
        spola.load("https://a.example/other", fetch=texts.__getitem__)
    assert "KeyError" in raised.value.message
