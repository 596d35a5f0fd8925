"""A debuginfod server of our own: what is asked of it, kept, and believed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from dumpengine.stacks.debuginfod import Debuginfod

BUILD_ID = bytes(range(1, 21))
BODY = b"the file" * 1000


class Server(HTTPServer):
    """Serves ``files`` by their paths and notes what was asked; ``lie`` is added to the length."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.lie = 0
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + self.server.lie))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_file_is_fetched_once_and_kept(server: Server, tmp_path: Path) -> None:
    place = f"/buildid/{BUILD_ID.hex()}/debuginfo"
    server.files[place] = BODY
    for _ in range(2):
        path = Debuginfod([f"{server.url}/"], tmp_path).find(BUILD_ID, "debuginfo")
        assert path == tmp_path / BUILD_ID.hex() / "debuginfo"
        assert path.read_bytes() == BODY
    assert server.asked == [place]


def test_what_no_server_has_is_not_there_and_the_next_is_asked(
    server: Server, tmp_path: Path
) -> None:
    asked = Debuginfod(["http://127.0.0.1:9", server.url], tmp_path)
    assert asked.find(BUILD_ID, "executable") is None
    assert asked.find(BUILD_ID, "debuginfo") is None
    assert [path.rpartition("/")[2] for path in server.asked] == ["executable", "debuginfo"]
    assert asked._servers == [server.url]


def test_a_file_that_is_cut_off_is_not_kept(server: Server, tmp_path: Path) -> None:
    server.files[f"/buildid/{BUILD_ID.hex()}/debuginfo"] = BODY
    server.lie = 10
    assert Debuginfod([server.url], tmp_path).find(BUILD_ID, "debuginfo") is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("server_url", ["file:///etc", "ftp://x", ""])
def test_only_web_servers_are_asked(tmp_path: Path, server_url: str) -> None:
    assert Debuginfod([server_url], tmp_path).find(BUILD_ID, "debuginfo") is None


def test_without_a_build_id_nothing_is_asked(server: Server, tmp_path: Path) -> None:
    assert Debuginfod([server.url], tmp_path).find(b"", "debuginfo") is None
    assert server.asked == []
