"""What arguments of the toolkit's operations are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Policy: TypeAlias = Mapping[str, Any] | str
"""A policy: a mapping, or its text."""
TagStatus: TypeAlias = Literal["any", "tagged", "untagged"]
"""Which images count."""
TagMode: TypeAlias = Literal["append", "overwrite", "remove"]
"""How tags change those that are there."""
Mutability: TypeAlias = Literal["MUTABLE", "IMMUTABLE"]
"""Whether tags can be moved."""
OnConflict: TypeAlias = Literal["overwrite", "fail", "skip"]
"""What becomes of a tag that names another image at the destination."""
