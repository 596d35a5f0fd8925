"""needles(): every run of six bytes of a secret, in all encodings, and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dumpengine.privacy.needles import WINDOW, needles


def test_each_run_of_six_bytes_in_all_encodings() -> None:
    found = needles([b"abcdefg"])
    assert {b"abcdef", b"bcdefg"} == {needle for needle in found if len(needle) == WINDOW}
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        assert {"abcdef".encode(encoding), "bcdefg".encode(encoding)} <= found
    assert len(found) == 10


def test_values_of_five_bytes_cannot_be_told_from_other_data() -> None:
    assert needles([b"abcde", b"", "äö".encode()]) == frozenset()


def test_letters_of_more_than_a_byte_count_as_their_bytes() -> None:
    assert "パスワ".encode("utf-16-le") in needles(["パスワード".encode()])
    found = needles(["pässwörd".encode()])
    assert "pässwö".encode("latin-1") in found
    assert "pässw".encode("utf-32-le") in found  # six bytes as UTF-8


def test_bytes_that_are_no_text_are_searched_for_as_they_are() -> None:
    assert b"\xff\xfe\xfd\xfc\xfb\xfa" in needles([b"\xff\xfe\xfd\xfc\xfb\xfa"])


def test_names_the_dump_has_to_show_are_spared() -> None:
    found = needles([b"/opt/acme/server"], [b"server", b"short"])
    assert b"server" not in found
    assert "server".encode("utf-16-le") not in found
    assert {b"/opt/a", b"/serve"} <= found


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30), st.text(max_size=5), st.text(max_size=5))
def test_no_run_of_six_bytes_escapes(secret: str, before: str, behind: str) -> None:
    """Wherever a secret stands in a text, in any encoding, its needles cover it."""
    data = secret.encode("utf-8", "surrogatepass")
    found = needles([data])
    windows = {data[at : at + WINDOW] for at in range(len(data) - WINDOW + 1)}
    assert windows <= found
    text = secret.encode("utf-8", "ignore").decode()
    wide = (before + text + behind).encode("utf-16-le", "ignore")
    if len(text.encode()) >= WINDOW and len(text) >= 3 and text == secret:
        assert any(needle in wide for needle in found)
