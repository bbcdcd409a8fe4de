"""Which credentials a request gets."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from . import _spola
from .answer import Refused
from .effects import Auth, Request, Send
from .errors import AuthError, HostError
from .settings import AwsSettings
from .signing import Keys, keys_of

log: logging.Logger = logging.getLogger("spola")


class Wallet:
    """Credentials, fetched when they are first needed, and again when they have expired."""

    def __init__(
        self,
        credentials: Any,
        auth: Any,
        endpoints: Iterable[str],
        profile: str | None,
    ) -> None:
        if auth is not None and not isinstance(auth, Mapping) and not callable(auth):
            raise HostError(
                f"`auth` cannot be a `{type(auth).__name__}`",
                "host.wrong-type",
                "give a mapping by source name, or a callable that is given the `Auth`",
            )
        self._given = credentials
        self._auth = auth
        self._settings = AwsSettings(profile)
        self._keys: dict[str, Keys] = {}
        # Plain http to where the user said that requests go is their own choice.
        self._named = {_origin(url) for url in endpoints}
        self._warned = False

    def authorized(self, send: Send, now: float | None = None) -> Request:
        """The request with what it needs; raises `Refused` where that is not to be had."""
        auth = send.auth
        if auth is None:
            return send.request
        secret = _plain(self._secret(auth))
        keys = self._keys_now(auth) if _is_signed(auth) else None
        if keys is None and _is_signed(auth):
            keys = self._keep(auth, _plain(self._fetched(auth)))
        return self._put(send, auth, keys, secret, now)

    async def authorized_async(self, send: Send) -> Request:
        """The same; callables may be asynchronous."""
        auth = send.auth
        if auth is None:
            return send.request
        secret = self._secret(auth)
        if inspect.isawaitable(secret):
            secret = await secret
        keys = self._keys_now(auth) if _is_signed(auth) else None
        if keys is None and _is_signed(auth):
            found = self._fetched(auth)
            if inspect.isawaitable(found):
                found = await found
            keys = self._keep(auth, found)
        return self._put(send, auth, keys, secret, None)

    def _keys_now(self, auth: Auth) -> Keys | None:
        """Those at hand; botocore's own are asked each time, as they refresh themselves."""
        if auth.renew:
            self._keys.pop(auth.source, None)
        given = self._given_for(auth)
        if given is None or hasattr(given, "get_frozen_credentials"):
            return None
        return self._keys.get(auth.source)

    def _given_for(self, auth: Auth) -> Any:
        """What was given for a source; most often one for all."""
        given = self._given
        if isinstance(given, Mapping) and not _is_keys(given) and auth.source in given:
            return given[auth.source]
        return given

    def _fetched(self, auth: Auth) -> Any:
        given = self._given_for(auth)
        if given is None:
            if auth.renew:
                self._settings.renew()
            return self._of_settings()
        if callable(given):
            try:
                return given()
            except Exception as error:
                raise _raised("credentials", error) from error
        if auth.renew and hasattr(given, "refresh_needed"):
            _refresh(given)
        return given

    def _of_settings(self) -> Keys:
        try:
            found = self._settings.credentials()
        except HostError:
            raise
        except Exception as error:
            # botocore's own words say what to do: "the SSO session has expired …".
            raise Refused("other", f"no AWS credentials: {error}") from error
        if found is None:
            raise Refused(
                "other",
                "there are no AWS credentials; give `credentials`, set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or install botocore to use profiles",
            )
        return found

    def _keep(self, auth: Auth, found: Any) -> Keys:
        keys = self._keys[auth.source] = self._read(found)
        return keys

    def _read(self, found: Any) -> Keys:
        if type(found) is tuple and len(found) == 3:
            key_id, secret, token = found
            return key_id, secret, token
        session: Any = found
        if hasattr(session, "get_credentials") and not isinstance(session, Mapping):
            return keys_of(session.get_credentials())
        return keys_of(found)

    def _secret(self, auth: Auth) -> Any:
        if self._auth is None:
            return None
        given = self._auth
        if isinstance(given, Mapping):
            given = given.get(auth.source)
            if not callable(given):
                return given
        try:
            return given(auth) if given is self._auth else given()
        except Exception as error:
            raise _raised("auth", error) from error

    def _put(
        self, send: Send, auth: Auth, keys: Keys | None, secret: Any, now: float | None
    ) -> Request:
        if isinstance(secret, tuple) and len(secret) == 2:
            secret = f"{secret[0]}:{secret[1]}"
        if secret is not None and not isinstance(secret, str):
            raise HostError(
                f"the secret for `{auth.source}` cannot be a `{type(secret).__name__}`",
                "host.wrong-type",
                "give a str; for basic authentication `user:password`",
            )
        if keys is None and secret is None:
            # A server that wants to know who is asking will say so.
            return send.request
        plain = _origin(send.request.url) in self._named
        if plain and send.request.url.startswith("http:") and not self._warned:
            self._warn(send.request.url)
        at = time.time() if now is None else now
        try:
            return _spola.authorize(send.request, auth, keys, secret, at, plain)
        except AuthError as error:
            raise Refused("other", f"{error.message}; {error.help}") from error

    def _warn(self, url: str) -> None:
        host = urlsplit(url).hostname or ""
        self._warned = True
        if host not in ("localhost", "127.0.0.1", "::1"):
            log.warning("credentials go to %s without encryption", host)


def _is_keys(given: Mapping[str, Any]) -> bool:
    return any(name in given for name in ("access_key_id", "aws_access_key_id"))


def _is_signed(auth: Auth) -> bool:
    return any(scheme.type == "sigv4" for scheme in auth.schemes)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _refresh(credentials: Any) -> None:
    """Has botocore fetch fresh credentials: what is used has been refused as expired."""
    refresh = getattr(credentials, "_protected_refresh", None)
    if refresh is not None:
        refresh(is_mandatory=True)


def _plain(value: Any) -> Any:
    if inspect.isawaitable(value):
        close = getattr(value, "close", None)
        if close is not None:
            close()
        raise HostError(
            "a callable for credentials is asynchronous",
            "host.asynchronous",
            "use `run_async`, or a plain function",
        )
    return value


def _raised(option: str, error: Exception) -> HostError:
    return HostError(
        f"`{option}` raised {type(error).__name__}: {error}",
        f"host.{option}-raised",
        "see the exception that this one was raised from",
    )
