"""Programs whose memory holds other people's secrets: asked about before they are dumped."""

from __future__ import annotations

from gui.processes.entry import Entry

_NAMES = frozenset(
    {
        "lsass.exe", "csrss.exe", "winlogon.exe", "ssh-agent", "gpg-agent", "gnome-keyring-daemon",
        "kwalletd5", "kwalletd6", "keepassxc", "keepass.exe", "keepassxc.exe", "1password",
        "1password.exe", "bitwarden", "bitwarden.exe", "secret-tool", "pass", "vault", "sssd",
        "systemd-logind", "sshd", "polkitd", "krb5kdc", "slapd",
    }
)  # fmt: skip


def sensitive(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return those of ``entries`` that keep passwords or keys as their purpose."""
    return tuple(entry for entry in entries if entry.row.name.casefold() in _NAMES)
