"""The sentences of a capture's row. Pure functions over what is known of it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from dumpengine import PRESETS
from gui import format as words
from gui.captures.item import CaptureItem, CaptureState
from gui.i18n import tr, tr_n

if TYPE_CHECKING:
    from dumpengine import CaptureResult, Phase, Progress

_QUIET_AFTER = 2.0


def type_name(dump_type: int) -> str:
    """Return the preset's title, or the number of a type of one's own."""
    for preset in PRESETS.values():
        if preset.value == dump_type:
            return tr(preset.title)
    return words.hex_type(dump_type)


def phase_words(phase: Phase) -> str:
    """Return what a capture is doing."""
    return tr(phase.value)


def headline(item: CaptureItem) -> str:
    """Return what the capture does, or how it ended."""
    if item.state is CaptureState.WAITING:
        return tr("waiting for its turn")
    if item.state is CaptureState.CANCELLING:
        return tr("cancelling…")
    if item.state is CaptureState.RUNNING:
        return phase_words(item.progress.phase) if item.progress else tr("starting")
    return _end_words(item)


def _end_words(item: CaptureItem) -> str:
    result = item.result
    if result is None or item.state is CaptureState.CANCELLED:
        if item.progress is not None and item.progress.ended:
            return tr("Cancelled. Nothing was kept. {ended}").format(
                ended=ended_words(item.progress.ended)
            )
        return tr("Cancelled. Nothing was kept; the process runs.")
    if not result.ok:
        return result.cause or tr("The dump failed.")
    made = tr("{size} in {time}").format(
        size=words.size(result.size), time=words.span(result.elapsed_ms)
    )
    first = " · ".join(warning_words(result.target_ended, result.of_one_moment))
    pause = _pause_after(result) if result.pause_ms is not None else ""
    return " · ".join(filter(None, (first, made, pause)))


def warning_words(target_ended: str | None, of_one_moment: bool | None) -> list[str]:
    """Return what is to be said first of a dump that is there."""
    said = [ended_words(target_ended)] if target_ended else []
    return said + ([tr("Not of one moment with the others")] if of_one_moment is False else [])


def ended_words(how: str) -> str:
    """Return that the process is no more, and how it ended."""
    return tr("The process has ended ({how})").format(how=how)


def _pause_after(result: CaptureResult) -> str:
    return tr("stood still {time}").format(time=words.span(result.pause_ms or 0.0))


def amount(item: CaptureItem) -> str:
    """Return ``1.2 of 2.1 GB · 2.9 GB/s · 0:01``, as far as it is known."""
    progress = item.progress
    if progress is None or not progress.total:
        return words.clock(item.elapsed)
    parts = [words.size_of(progress.done, progress.total)]
    if item.rate > 0:
        parts.append(words.rate(item.rate))
    left = item.seconds_left
    parts.append(tr("{time} left").format(time=words.clock(left)) if left is not None else "")
    return " · ".join(part for part in parts if part)


def second_line(item: CaptureItem) -> str:
    """Return the line below: the pause first, because that is what a tester worries about."""
    if item.state.ended:
        return _end_second_line(item)
    if item.progress is None:
        return tr("starting the capturing process") if item.started_at else ""
    parts = [_pause_now(item.progress), *_counts(item.progress)]
    if item.progress.last:
        parts.append(tr("last: {callback}").format(callback=item.progress.last))
    quiet = monotonic() - item.last_activity
    if quiet > _QUIET_AFTER:
        parts.append(tr("no news for {time}").format(time=words.span(quiet * 1000)))
    return " · ".join(part for part in parts if part)


def _pause_now(progress: Progress) -> str:
    pause = words.span(progress.pause_ms)
    if progress.ended:
        return ended_words(progress.ended)
    if not progress.running:
        return tr("standing still for {time}").format(time=pause)
    if progress.pause_ms:
        return tr("stood still {time} and runs again").format(time=pause)
    return tr("the process runs")


def _counts(progress: Progress) -> list[str]:
    if not progress.threads and not progress.modules:
        return []
    threads = tr_n("1 thread", "%n threads", progress.threads)
    modules = tr_n("1 module", "%n modules", progress.modules)
    return [f"{threads}, {modules}"]


def _end_second_line(item: CaptureItem) -> str:
    result = item.result
    if result is None or item.state is CaptureState.CANCELLED:
        return ""
    if not result.ok:
        return result.remedy or ""
    parts = [item.request.options.comment, str(item.path.name) if item.path else ""]
    if result.of_one_moment:
        parts.append(tr("of one moment with the others"))
    parts.append(tr_n("1 thread", "%n threads", result.threads))
    parts.append(tr_n("1 module", "%n modules", result.modules))
    if result.skipped_bytes:
        parts.append(tr("{size} could not be read").format(size=words.size(result.skipped_bytes)))
    if result.warnings:
        parts.append(tr_n("1 notice", "%n notices", len(result.warnings)))
    return " · ".join(part for part in parts if part)


def details(item: CaptureItem) -> str:
    """Return everything about a capture as text to copy."""
    result = item.result
    request = item.request
    lines = [
        tr("Program: {name} ({pid})").format(name=request.name, pid=request.key.pid),
        tr("Type: {title} ({hex})").format(
            title=type_name(request.options.dump_type),
            hex=words.hex_type(request.options.dump_type),
        ),
        tr("File: {path}").format(path=request.path),
    ]
    if result is None:
        return "\n".join(lines)
    return "\n".join([*lines, *_result_lines(result)])


def _result_lines(result: CaptureResult) -> list[str]:
    lines = []
    if result.target_ended:
        lines.append(ended_words(result.target_ended))
    if result.ok:
        lines.append(tr("Size: {size}").format(size=words.exact(result.size)))
        lines.append(tr("Took: {time}").format(time=words.span(result.elapsed_ms)))
        if result.pause_ms is not None:
            lines.append(tr("Stood still: {time}").format(time=words.span(result.pause_ms)))
        lines.append(tr("Mode: {mode}").format(mode=result.mode or "–"))
        lines.append(tr("Flags: {flags}").format(flags=" | ".join(result.flags)))
    else:
        lines.append(tr("Cause: {cause}").format(cause=result.cause))
        lines.append(tr("What to do: {remedy}").format(remedy=result.remedy))
        lines.append(tr("HRESULT: {code}").format(code=f"0x{result.hresult or 0:08X}"))
    lines += [tr("Notice: {text}").format(text=text) for text in result.warnings]
    lines += [
        tr("Left out: {where}: {what} ({size})").format(
            where=error.where, what=error.what, size=words.size(error.skipped)
        )
        for error in result.skipped
    ]
    return lines
