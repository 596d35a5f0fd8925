"""What is in a dump, as data and as a page people understand first.

``describe(dump)`` collects it, ``to_json()`` is what ``dumpengine show --json`` prints, and
``render()`` writes the page with details behind it.
"""

from dumpengine.show.describe import describe
from dumpengine.show.description import DumpDescription
from dumpengine.show.render import DETAILS, render

__all__ = ["DETAILS", "DumpDescription", "describe", "render"]
