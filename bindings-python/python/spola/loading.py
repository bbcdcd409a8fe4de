"""Paths, URLs, mappings and texts to programs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, Union
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

from . import _spola
from .errors import Diagnostic, HostError
from .program import Program

Source: TypeAlias = Union[str, "os.PathLike[str]", Mapping[str, Any], bytes]
"""A document: a path or URL, a mapping, or its text."""

Fetch: TypeAlias = Callable[[str], bytes]
"""Gives the bytes behind an http or https URL."""

_LARGEST = 64 << 20
_MOST_REDIRECTS = 10


class Loader:
    """Loading without input or output: says which document it needs, is given its bytes.

    loader = spola.Loader("pets.arazzo.yaml")
    while (url := loader.needs()) is not None:
        loader.supply(url, fetch(url))
    program = loader.link()
    """

    __slots__ = ("_core",)

    def __init__(self, url: str) -> None:
        """Begins with the entry document: a URL, or the path of a file."""
        self._core = _spola.Loader(url)

    def source(self, name: str, url: str) -> None:
        """Says where the source description of that name really is."""
        self._core.source(name, url)

    def needs(self) -> str | None:
        """The URL or path of a document that is needed, each one once."""
        return self._core.needs()

    def supply(self, url: str, text: bytes, final_url: str | None = None) -> None:
        """Hands over a document, and where it was in the end, redirects followed."""
        self._core.supply(url, text, final_url)

    def failed(self, url: str, reason: str) -> None:
        """Says that a document cannot be had, and why."""
        self._core.failed(url, reason)

    def link(self, *, strict: bool = False) -> Program:
        """Links what was read; the loader is used up by it."""
        return Program(self._core.link(strict))

    def lint(self, *, strict: bool = False) -> list[Diagnostic]:
        """All that is wrong with what was read, or could be better; uses the loader up."""
        return self._core.lint(strict)


def load(
    document: Source,
    *,
    base: str | os.PathLike[str] | None = None,
    sources: Mapping[str, Source] | None = None,
    strict: bool = False,
    fetch: Fetch | None = None,
) -> Program:
    """Reads, checks and links an Arazzo document with all that it refers to.

    `document` is a path or URL, a mapping, or, with `base`, a text: `base` says what its
    relative URLs are resolved against, a URL or path of the document or of its folder.
    `sources` says where source descriptions really are, by name: paths, URLs, texts or
    mappings. `strict` takes the specification by the letter. `fetch` gets what is behind
    http and https URLs, instead of the standard library.

    Raises `LinkError` or `DocumentError` with everything that is wrong in `diagnostics`.
    """
    return _read(document, base, sources, fetch).link(strict=strict)


def lint(
    document: Source,
    *,
    base: str | os.PathLike[str] | None = None,
    sources: Mapping[str, Source] | None = None,
    strict: bool = False,
    fetch: Fetch | None = None,
) -> list[Diagnostic]:
    """All that is wrong with a document or could be better, in document order.

    Takes what `load` takes; sources that cannot be had are no obstacle.
    """
    return _read(document, base, sources, fetch).lint(strict=strict)


def _read(
    document: Source,
    base: str | os.PathLike[str] | None,
    sources: Mapping[str, Source] | None,
    fetch: Fetch | None,
) -> Loader:
    texts: dict[str, tuple[bytes, str]] = {}
    entry = _entry(document, base, texts)
    loader = Loader(entry)
    for name, source in _pairs(sources):
        loader.source(name, _place(name, source, entry, texts))
    while (url := loader.needs()) is not None:
        try:
            text, final = texts[url] if url in texts else _bytes(url, fetch)
        except _Unavailable as why:
            loader.failed(url, str(why))
        else:
            loader.supply(url, text, final)
    return loader


def _entry(
    document: Source,
    base: str | os.PathLike[str] | None,
    texts: dict[str, tuple[bytes, str]],
) -> str:
    """Where the document is; what is given as text is put into `texts`."""
    if isinstance(document, os.PathLike):
        return os.fspath(document)
    if base is None and isinstance(document, str) and not _is_text(document):
        return document
    text = _text(document)
    if text is None:
        raise HostError(
            f"a document cannot be a `{type(document).__name__}`",
            "host.wrong-type",
            "give a path, a URL, a mapping, or a text with `base`",
        )
    place = "document.arazzo.yaml" if base is None else os.fspath(base)
    if place.endswith("/") or (base is not None and os.path.isdir(place)):
        place = place.rstrip("/") + "/document.arazzo.yaml"
    texts[place] = (text, place)
    return place


def _pairs(sources: Mapping[str, Source] | None) -> list[tuple[str, Source]]:
    if sources is None:
        return []
    if not isinstance(sources, Mapping):
        raise HostError(
            f"`sources` cannot be a `{type(sources).__name__}`",
            "host.wrong-type",
            "give a mapping of source names to paths, URLs or texts",
        )
    return list(sources.items())


def _place(name: str, source: Source, entry: str, texts: dict[str, tuple[bytes, str]]) -> str:
    if isinstance(source, os.PathLike):
        return os.fspath(source)
    if isinstance(source, str) and not _is_text(source):
        return source
    text = _text(source)
    if text is None:
        raise HostError(
            f"the source `{name}` cannot be a `{type(source).__name__}`",
            "host.wrong-type",
            "give a path, a URL, a text or a mapping",
        )
    place = f"text:{name}"
    texts[place] = (text, entry)
    return place


def _is_text(document: str) -> bool:
    return "\n" in document or document.lstrip().startswith("{")


def _text(document: object) -> bytes | None:
    if isinstance(document, str):
        return document.encode()
    if isinstance(document, (bytes, bytearray)):
        return bytes(document)
    if isinstance(document, Mapping):
        try:
            return json.dumps(document, default=_plain).encode()
        except (TypeError, ValueError) as error:
            raise HostError(
                f"the mapping is no document: {error}",
                "host.wrong-value",
                "give what JSON has: dict, list, str, int, float, bool and None",
            ) from error
    return None


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"`{type(value).__name__}` is nothing that JSON has")


class _Unavailable(Exception):
    """A document cannot be had: why, in a sentence."""


def _bytes(url: str, fetch: Fetch | None) -> tuple[bytes, str]:
    """The bytes of a file or URL, and where they were in the end."""
    if not url.startswith(("http://", "https://")):
        return _file(url), url
    if fetch is None:
        return _over_network(url)
    try:
        return fetch(url), url
    except Exception as error:
        raise _Unavailable(f"{type(error).__name__}: {error}") from error


def _file(url: str) -> bytes:
    path = Path(url2pathname(urlsplit(url).path) if url.startswith("file:") else url)
    try:
        if path.is_dir():
            raise _Unavailable("it is a directory")
        if path.stat().st_size > _LARGEST:
            raise _Unavailable(f"it is larger than {_LARGEST} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        raise _Unavailable("there is no such file") from None
    except PermissionError:
        raise _Unavailable("it may not be read") from None
    except (OSError, ValueError) as error:
        raise _Unavailable(str(error)) from None


def _over_network(url: str) -> tuple[bytes, str]:
    """A document from the network; it is public, so redirects are followed."""
    from .effects import Request, Send
    from .transport import Refused, Standard

    transport = Standard()
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            request = Request("GET", url)
            answer = transport.send(Send(0, request, None, 60.0, _LARGEST))
            if answer.status == 200:
                return answer.body, url
            target = answer.header("location")
            if answer.status not in (301, 302, 303, 307, 308) or target is None:
                raise _Unavailable(f"{url} answered with status {answer.status}")
            target = urljoin(url, target)
            if url.startswith("https:") and not target.startswith("https:"):
                raise _Unavailable(f"it is redirected from https to {target}")
            url = target
    except Refused as refused:
        raise _Unavailable(refused.message) from None
    finally:
        transport.close()
    raise _Unavailable("it is redirected too often")
