"""What is in a dump, as data and as a page people understand first.

``describe(dump)`` collects it, and ``to_json()`` is what ``dumpengine show --json`` prints. The
page is the module ``render``'s: it needs rich, which the window's program comes without.
"""

from dumpengine.report.describe import describe
from dumpengine.report.description import DumpDescription

__all__ = ["DumpDescription", "describe"]
