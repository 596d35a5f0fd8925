"""One window per user: a second start hands its arguments to the first."""

from __future__ import annotations

import getpass
import logging

from PySide6.QtCore import QCryptographicHash, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from gui.arguments import Arguments

_log = logging.getLogger("dumpdesk.single_instance")
_PATIENCE = 500
_LIMIT = 64 << 10


def server_name(place: str) -> str:
    """Return the name one user's program with these settings (``place``) listens on."""
    text = f"{getpass.getuser()}\n{place}"
    digest = QCryptographicHash.hash(text.encode(), QCryptographicHash.Algorithm.Sha256)
    return f"dumpdesk-{bytes(digest.toHex().data()).decode()[:16]}"


def hand_over(name: str, arguments: Arguments) -> bool:
    """Give the arguments to a running instance; False when there is none.

    Blocks for half a second at most, before any window is shown.
    """
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_PATIENCE):
        return False
    socket.write(arguments.to_bytes())
    sent = socket.waitForBytesWritten(_PATIENCE)
    socket.disconnectFromServer()
    return sent


class SingleInstance(QObject):
    """Listens for second starts.

    Signals:
        arguments_received: the Arguments of a second start.
    """

    arguments_received = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left behind by a crash
            if not self._server.listen(name):
                _log.warning("second starts cannot reach us: %s", self._server.errorString())

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    @Slot()
    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._on_ready)
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)

    @Slot()
    def _on_ready(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > _LIMIT:
            socket.abort()
        elif socket.canReadLine():
            line = bytes(socket.readLine().data())
            try:
                self.arguments_received.emit(Arguments.from_bytes(line))
            except ValueError:
                _log.warning("a second start sent something else than arguments")
