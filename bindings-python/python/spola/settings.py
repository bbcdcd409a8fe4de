"""Region, endpoints and credentials of AWS, as its tools find them.

By botocore where it is installed, by environment variables otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .errors import HostError
from .signing import Keys, keys_of


class AwsSettings:
    """What environment and profile say. Nothing is looked up before it is asked for."""

    def __init__(self, profile: str | None = None) -> None:
        self._profile = profile
        self._session: Any = None
        self._looked = False

    def region(self) -> str | None:
        """`AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's region."""
        found = None
        if self._profile is None:
            found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not found and (session := self._botocore()) is not None:
            found = session.get_scoped_config().get("region")
        return found or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")

    def endpoint(self, service: str) -> str | None:
        """Where requests to a service go instead of AWS, by its signing name."""
        name = service.upper().replace("-", "_").replace(" ", "_")
        config = self._config()
        ignore = os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") or config.get(
            "ignore_configured_endpoint_urls", ""
        )
        if str(ignore).lower() == "true":
            return None
        found = os.environ.get(f"AWS_ENDPOINT_URL_{name}") or os.environ.get("AWS_ENDPOINT_URL")
        return found or self._services().get(name.lower()) or config.get("endpoint_url")

    def flag(self, variable: str, setting: str) -> bool:
        """A switch: `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`."""
        value = os.environ.get(variable) or self._config().get(setting, "")
        return str(value).lower() == "true"

    def max_attempts(self) -> int | None:
        """`AWS_MAX_ATTEMPTS`, or the profile's `max_attempts`."""
        value = os.environ.get("AWS_MAX_ATTEMPTS") or self._config().get("max_attempts")
        if not value:
            return None
        try:
            return max(1, int(value))
        except ValueError:
            raise HostError(
                f"`AWS_MAX_ATTEMPTS` is `{value}`", "host.wrong-value", "write a whole number"
            ) from None

    def credentials(self) -> Keys | None:
        """The credentials of this moment; botocore refreshes those that expire."""
        if self._profile is None and os.environ.get("AWS_ACCESS_KEY_ID"):
            return _of_environment()
        session = self._botocore()
        if session is None:
            return None
        found = session.get_credentials()
        return None if found is None else keys_of(found)

    def renew(self) -> None:
        """Forgets what was found: the service says that it has expired."""
        self._session, self._looked = None, False

    def _botocore(self) -> Any:
        """botocore's session, where it is installed."""
        if not self._looked:
            self._looked = True
            try:
                from botocore.exceptions import ProfileNotFound  # type: ignore[import-untyped]
                from botocore.session import Session  # type: ignore[import-untyped]
            except ImportError:
                if self._profile is not None:
                    raise HostError(
                        "reading an AWS profile needs botocore",
                        "host.botocore-missing",
                        "pip install botocore, or give `region` and `credentials`",
                    ) from None
                return None
            session = Session(profile=self._profile)
            try:
                session.get_scoped_config()
            except ProfileNotFound as error:
                raise HostError(
                    f"no AWS profile `{session.profile}`",
                    "host.no-such-profile",
                    "see `aws configure list-profiles`",
                ) from error
            self._session = session
        return self._session

    def _config(self) -> Mapping[str, Any]:
        session = self._botocore()
        found: Mapping[str, Any] = {} if session is None else session.get_scoped_config()
        return found

    def _services(self) -> Mapping[str, str]:
        """Endpoints by service, from the section that the profile's `services` names."""
        name = self._config().get("services")
        if not name:
            return {}
        section = self._session.full_config.get("services", {}).get(name, {})
        return {
            service: settings["endpoint_url"]
            for service, settings in section.items()
            if isinstance(settings, Mapping) and "endpoint_url" in settings
        }


def _of_environment() -> Keys:
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not secret:
        raise HostError(
            "`AWS_ACCESS_KEY_ID` is set, but `AWS_SECRET_ACCESS_KEY` is not",
            "host.incomplete-credentials",
            "set both",
        )
    return os.environ["AWS_ACCESS_KEY_ID"], secret, os.environ.get("AWS_SESSION_TOKEN") or None
