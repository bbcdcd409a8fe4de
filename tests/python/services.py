"""Amazon ECR as far as credentials matter: it takes down how requests were signed."""

from __future__ import annotations

from typing import Any

import spola

import harness

INPUTS = {"repositoryName": "app"}


class Service:
    """A transport that answers as the sandbox does, after some errors."""

    def __init__(self, *errors: str) -> None:
        self.requests: list[spola.Request] = []
        self.errors = list(errors)
        self._sandbox = spola.sandbox()

    def __call__(self, send: spola.Send) -> Any:
        self.requests.append(send.request)
        if self.errors:
            headers = {"Content-Type": "application/x-amz-json-1.1"}
            return 400, headers, f'{{"__type": "{self.errors.pop(0)}", "message": "no"}}'.encode()
        return self._sandbox._core.handle(send.request)

    @property
    def keys(self) -> list[str]:
        """The access key ids that requests were signed with, each once."""
        values = [request.header("authorization") or "" for request in self.requests]
        keys = [value.partition("Credential=")[2].partition("/")[0] for value in values]
        return list(dict.fromkeys(keys))


def inventory(service: Service, **options: Any) -> spola.Result:
    """Runs `image-inventory` against it."""
    program = harness.shipped("image-inventory")
    return program.run(None, INPUTS, transport=service, **{"region": "eu-west-1", **options})
