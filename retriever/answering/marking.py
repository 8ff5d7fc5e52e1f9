"""Which units a reader's logits mark, before structure closes them: those above the threshold, and those near the best.

Clauses of a law and rows of a table are rules each by itself, of which a caller asks for one: there what lies far below
the best is not marked, however many are above the threshold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from retriever.answering.structure import ROWS, Group, opens_clause

# How far below the best a unit of another clause may be, and a row below its table's best. Of laws this takes a third
# of what is said beside the matter for half a point of right answers, of tables a twentieth for none (seven sets).
_CLAUSE, _ROWS = 3.0, 3.0


def marked(logits: Sequence[float], texts: Sequence[str], groups: Sequence[Group], *, threshold: float,
           near: float) -> list[int]:
    """The places of the units that are marked, in reading order.

    ``logits`` (``-inf`` for a unit that was not read) and ``texts`` (as they are said) are the units' in reading order,
    ``groups`` their lists and tables. The best need not be among them where it is below the threshold.
    """
    clauses = list(accumulate(int(opens_clause(text)) for text in texts))
    best = max(range(len(logits)), key=lambda n: logits[n])
    is_law = clauses[-1] > 1
    least = [min(threshold, logits[best] - near)] * len(logits)
    for n, clause in enumerate(clauses):
        if is_law and clause != clauses[best]:
            least[n] = max(threshold, logits[best] - _CLAUSE)
    for group in groups:
        if group.kind == ROWS:
            rows = [n for own in group.members for n in own]
            highest = max((logits[n] for n in rows), default=-math.inf)
            for n in rows:
                least[n] = max(least[n], highest - _ROWS)
    return [n for n, logit in enumerate(logits) if logit > -math.inf and logit >= least[n]]
