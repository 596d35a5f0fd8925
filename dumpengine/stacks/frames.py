"""Places of a walk -> frames with module, function, file and line."""

from __future__ import annotations

from collections.abc import Iterable

from dumpengine.stacks.demangle import demangle
from dumpengine.stacks.images import Image, Images
from dumpengine.stacks.lines import Line
from dumpengine.stacks.model import Frame
from dumpengine.stacks.walk import Place

SIGNAL_HANDLER = "<signal handler called>"  # as debuggers call it


class FrameNamer:
    """Names the frames of one snapshot; a place that several threads stand at is named once."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._known: dict[Place, tuple[Frame, ...]] = {}

    def frames(self, places: Iterable[Place]) -> tuple[Frame, ...]:
        """Return the frames of one stack, inlined ones in front of what they were inlined into."""
        return tuple(frame for place in places for frame in self._at(place))

    def _at(self, place: Place) -> tuple[Frame, ...]:
        if place not in self._known:
            self._known[place] = self._name(place)
        return self._known[place]

    def _name(self, place: Place) -> tuple[Frame, ...]:
        image = self._images.at(place.inside) or self._images.at(place.pc)
        if image is None:
            return (Frame(address=place.pc, trust=place.trust, signal=place.signal),)
        inside = place.inside - image.module.base
        lines = image.lines.find(inside) if image.lines and not place.trampoline else []
        plain = _plain(place, image)
        if not lines:
            return (plain,)
        return tuple(_with_line(plain, line, line is not lines[-1]) for line in lines)


def _plain(place: Place, image: Image) -> Frame:
    """The frame as the symbol table has it."""
    base = image.module.base
    name, language, start = SIGNAL_HANDLER, "", None
    if not place.trampoline:
        function = image.symbols.find(place.inside - base)
        name, language = demangle(function.name) if function else ("", "")
        start = function.start if function else None
    return Frame(
        address=place.pc,
        trust=place.trust,
        module=image.module.name,
        offset=place.pc - base,
        function=name,
        function_offset=None if start is None else place.pc - base - start,
        language=language,
        signal=place.signal,
    )


def _with_line(plain: Frame, line: Line, inlined: bool) -> Frame:
    name, language = demangle(line.function)
    return Frame(
        address=plain.address,
        trust=plain.trust,
        module=plain.module,
        offset=plain.offset,
        function=name if inlined else plain.function or name,
        function_offset=None if inlined else plain.function_offset,
        file=line.file,
        line=line.line or None,
        inlined=inlined,
        language=line.language or language,
    )
