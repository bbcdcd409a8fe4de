"""The one function that puts credentials on a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

from . import _spola
from .effects import Auth, Request
from .errors import HostError

Keys: TypeAlias = "tuple[str, str, str | None]"
"""Access key id, secret access key, session token."""


@runtime_checkable
class BotocoreCredentials(Protocol):
    """What botocore and boto3 hold credentials in."""

    def get_frozen_credentials(self) -> Any:
        """The credentials of this moment."""


Credentials: TypeAlias = Mapping[str, Any] | BotocoreCredentials
"""AWS credentials: a mapping with `access_key_id`, `secret_access_key` and perhaps
`session_token`, or botocore's `Credentials`."""


def authorize(
    request: Request,
    auth: Auth | None,
    credentials: Credentials | str | None,
    now: float,
    *,
    allow_plain_http: bool = False,
) -> Request:
    """Puts what `auth` asks for on a request, and gives the new request.

    `credentials` are AWS credentials, or for every other scheme a text: the API key, the
    token, or `user:password`. `now` is in seconds since the Unix epoch. Over plain http
    credentials go to loopback hosts only, unless `allow_plain_http`.

    Raises `AuthError`.
    """
    if auth is None:
        return request
    if not isinstance(request, Request) or not isinstance(auth, Auth):
        raise HostError(
            "`authorize` takes the `request` and the `auth` of a `Send`",
            "host.wrong-type",
            "hand on both as they are",
        )
    secret = credentials if isinstance(credentials, str) else None
    keys = None if secret is not None or credentials is None else keys_of(credentials)
    return _spola.authorize(request, auth, keys, secret, now, allow_plain_http)


def keys_of(credentials: object) -> Keys:
    """Reads AWS credentials in any of their forms."""
    if isinstance(credentials, Mapping):
        return _of_mapping(credentials)
    frozen = credentials
    if isinstance(credentials, BotocoreCredentials):
        frozen = credentials.get_frozen_credentials()
    found = [getattr(frozen, name, None) for name in ("access_key", "secret_key", "token")]
    if isinstance(found[0], str) and isinstance(found[1], str):
        return found[0], found[1], found[2] or None
    raise HostError(
        f"AWS credentials cannot be a `{type(credentials).__name__}`",
        "host.wrong-type",
        "give a mapping with `access_key_id` and `secret_access_key`, botocore's "
        "`Credentials`, or a function that returns one of them",
    )


def _of_mapping(given: Mapping[str, Any]) -> Keys:
    found: list[str | None] = []
    for name in ("access_key_id", "secret_access_key", "session_token"):
        value = given.get(name, given.get(f"aws_{name}"))
        if value is None and name != "session_token":
            raise HostError(
                f"the AWS credentials have no `{name}`",
                "host.wrong-value",
                "give `access_key_id`, `secret_access_key` and, where they are temporary, "
                "`session_token`",
            )
        if value is not None and not isinstance(value, str):
            raise HostError(
                f"`{name}` cannot be a `{type(value).__name__}`", "host.wrong-type", "give a str"
            )
        found.append(value)
    return str(found[0]), str(found[1]), found[2] or None
