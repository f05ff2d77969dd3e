"""Reads JSON documents and lines into records of text cells; the elements of a document are also counted by brackets and commas alone.

Belongs here: finding an array by its path, numbers as spelt, what makes a record unreadable. Never here: what a record means.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Container, Iterator
from typing import Any

from assets.plain_names import plainly
from assets.refusal import Refusal

MAX_RECORD = 1 << 20

# Strings first, so that a bracket inside one is never met by itself.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)


def _walked(data: bytes) -> Iterator[tuple[bytes, list[tuple[bytes, str]], str]]:
    """Every token, the brackets that are open before it with the key that each stands under, and the key that waits for a value."""
    stack: list[tuple[bytes, str]] = []
    key, last = "", b""
    for found in _TOKEN.finditer(data):
        token = found.group()
        yield token, stack, key
        if token in (b"[", b"{"):
            stack.append((token, key))
            key = ""
        elif token in (b"]", b"}"):
            if stack:
                stack.pop()
            key = ""
        elif token == b":":
            key = _text(last)
        elif token == b"," or token[:1] != b'"':
            key = ""
        last = token


def _opens(token: bytes, stack: list[tuple[bytes, str]], key: str, path: tuple[str, ...]) -> bool:
    """Whether this token opens the array at `path`."""
    here = (*(name for _, name in stack if name), *((key,) if key else ()))
    return token == b"[" and here == path and all(kind == b"{" for kind, _ in stack)


def elements(data: bytes, path: tuple[str, ...]) -> int:
    """How many elements the array at `path` has; -1 when there is no such array. A bracket that never closes counts what stands before."""
    count, target, is_filled = -1, -1, False
    for token, stack, key in _walked(data):
        is_within = target >= 0 and len(stack) == target
        if is_within and token not in (b",", b"]"):
            is_filled = True
        if target < 0 and _opens(token, stack, key, path):
            count, target = 0, len(stack) + 1
        elif is_within and token == b"]":
            return count + is_filled
        elif is_within and token == b",":
            count, is_filled = count + 1, False
    return count + is_filled if count >= 0 else -1


def _text(token: bytes) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return ""


@functools.lru_cache(maxsize=1)
def parsed(data: bytes) -> Any:
    """The whole document, once: it is asked for by everybody who might read it. Raises Refusal."""
    try:
        return json.loads(data, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once)
    except RecursionError as error:
        raise Refusal("not_json", "the JSON is nested deeper than any export; it was not read") from error
    except ValueError as error:
        if _is_open(data):
            raise Refusal("cut_file", "the JSON ends in the middle: the copy was cut; deliver the file again") from error
        raise Refusal("not_json", f"the file is not one JSON document ({str(error)[:120]})") from error


def _is_open(data: bytes) -> bool:
    depth = 0
    for found in _TOKEN.finditer(data):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(found.group(), 0)
    return depth > 0


def _at(data: bytes, path: tuple[str, ...]) -> Any:
    found = parsed(data)
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def document(data: bytes, path: tuple[str, ...]) -> list[Any]:
    """The array at `path`, numbers as they are spelt. Raises Refusal when there is none, or when counting brackets finds another length."""
    found = _at(data, path)
    if not isinstance(found, list):
        raise Refusal("no_adapter", f"the JSON has no array at {'.'.join(path) or 'its top'}")
    counted = elements(data, path)
    if counted != len(found):
        raise Refusal("records_disagree", f"counting brackets finds {counted:,} elements, {len(found):,} were read; nothing was taken")
    return found


def keyed(data: bytes, path: tuple[str, ...], names: tuple[str, ...]) -> list[Any]:
    """One record for each object so many keys below `path`, with its keys as `names`; what is no object says nothing. Raises Refusal."""
    found = _at(data, path)
    if not isinstance(found, dict):
        raise Refusal("no_adapter", f"the JSON has no object at {'.'.join(path) or 'its top'}")
    records: list[Any] = [found]
    for depth, name in enumerate(names):
        said = [{other: record[other] for other in names[:depth]} for record in records]
        records = [
            keys | {name: key} | item for keys, record in zip(said, records, strict=True) for key, item in record.items() if isinstance(item, dict)
        ]
    opened = (stack for token, stack, _ in _walked(data) if token == b"{" and len(stack) == len(path) + len(names))
    counted = sum(tuple(under for _, under in stack if under)[: len(path)] == path and all(kind == b"{" for kind, _ in stack) for stack in opened)
    if counted != len(records):
        raise Refusal("records_disagree", f"counting brackets finds {counted:,} objects, {len(records):,} were read; nothing was taken")
    return records


def records_at(data: bytes, path: tuple[str, ...], unnest: str | None, keys: tuple[str, ...]) -> list[Any]:
    """The records of a document, as a map says where they stand."""
    if keys:
        return keyed(data, path, keys)
    return unnested(data, path, unnest) if unnest else document(data, path)


def nested_elements(data: bytes, path: tuple[str, ...], name: str) -> int:
    """Counted by brackets alone: the elements of the array called `name` in each object of the array at `path`; an object without one is one."""
    total, outer, inner = 0, -1, -1
    found, count, is_filled = False, 0, False
    for token, stack, key in _walked(data):
        depth = len(stack)
        is_within = inner >= 0 and depth == inner
        if is_within and token not in (b",", b"]"):
            is_filled = True
        if outer < 0:
            if _opens(token, stack, key, path):
                outer = depth + 1
        elif token == b"{" and depth == outer:
            found, count = False, 0
        elif token == b"[" and depth == outer + 1 and key == name:
            inner, found, count, is_filled = depth + 1, True, 0, False
        elif is_within and token in (b"]", b"}"):
            count, inner = count + is_filled, -1
        elif is_within and token == b",":
            count, is_filled = count + 1, False
        elif token == b"}" and depth == outer + 1:
            total += count if found and count else 1
        elif token == b"]" and depth == outer:
            return total
    return total


def unnested(data: bytes, path: tuple[str, ...], name: str) -> list[Any]:
    """One record for each element of the array `name` of each object, with what the object says besides. Raises Refusal.

    An object whose array is absent, empty or no array stays one record: it has no number, and is set aside for that, not lost.
    """
    records: list[Any] = []
    for item in document(data, path):
        parts = item.get(name) if isinstance(item, dict) else None
        if not isinstance(parts, list) or not parts:
            records.append(item)
            continue
        above = {key: value for key, value in item.items() if key != name}
        for part in parts:
            clash = not isinstance(part, dict) or isinstance(part, Repeated) or isinstance(item, Repeated) or set(above) & set(part)
            records.append(Repeated(above) if clash else above | part)
    counted = nested_elements(data, path, name)
    if counted != len(records):
        raise Refusal("records_disagree", f"counting brackets finds {counted:,} elements, {len(records):,} were read; nothing was taken")
    return records


class Repeated(dict[str, Any]):
    """An object that names a key twice; which value counts cannot be known."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    return content if len(content) == len(pairs) else Repeated(content)


def flattened(content: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Objects inside an object become names with dots; lists stay what they are."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        found |= flattened(value, f"{before}{key}.") if isinstance(value, dict) and value else {f"{before}{key}": value}
    return found


def record_of(content: Any, flatten: bool, wanted: Container[str] | None = None) -> tuple[str, dict[str, str | None]]:
    """The rule that a record breaks, and its cells. With `flatten`, lists outside of the wanted columns are left out."""
    if not isinstance(content, dict):
        return "not_json", {}
    if isinstance(content, Repeated):
        return "duplicate_key", {}
    cells: dict[str, str | None] = {}
    for key, value in (flattened(content) if flatten else content).items():
        if isinstance(value, (dict, list)):
            if flatten and (not value or wanted is None or plainly(key) not in wanted):
                continue
            return "not_a_value", {}
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
        if "\0" in key or (text and "\0" in text):
            return "nul_byte", {}
        try:
            (key + (text or "")).encode("utf-8")
        except UnicodeEncodeError:  # a lone surrogate, written as an escape
            return "not_json", {}
        cells[key] = text
    return "", cells


def json_line(line: bytes) -> tuple[str, Any]:
    """Numbers stay as they are spelt: a float would turn 0.1 + 0.2 into something that nobody delivered."""
    if b"\0" in line:
        return "nul_byte", None
    if len(line) > MAX_RECORD:
        return "cell_too_long", None
    try:
        return "", json.loads(line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return "not_json", None
