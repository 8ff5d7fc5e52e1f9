"""The phone ledger, the register of basis documents, and the pages that texts name as their source.

All of the staff read them; knowledge managers change them, by forms or by a file that is rehearsed first. Whoever
answers for a text says of its source that they looked. Every address works as a plain form.
"""

from web.registers import documents, links, phones
from web.registers.blueprint import registers

__all__ = ["documents", "links", "phones", "registers"]
