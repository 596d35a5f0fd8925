"""User streams as UserStreamParam wants them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dumpengine.backends.windows.structs import (
    MINIDUMP_USER_STREAM,
    MINIDUMP_USER_STREAM_INFORMATION,
)
from dumpengine.options import UserStream


@dataclass(frozen=True, slots=True)
class UserStreams:
    """The structure, and the buffers it points to."""

    information: MINIDUMP_USER_STREAM_INFORMATION
    keep: tuple[Any, ...]

    @classmethod
    def build(cls, streams: Sequence[UserStream]) -> UserStreams | None:
        """Return the parameter for ``streams``, None for none."""
        if not streams:
            return None
        buffers = [ctypes.create_string_buffer(item.data, len(item.data)) for item in streams]
        array = (MINIDUMP_USER_STREAM * len(streams))()
        for entry, item, buffer in zip(array, streams, buffers, strict=True):
            entry.Type, entry.BufferSize = item.type, len(item.data)
            entry.Buffer = ctypes.addressof(buffer)
        information = MINIDUMP_USER_STREAM_INFORMATION(len(streams), ctypes.addressof(array))
        return cls(information, (array, *buffers))
