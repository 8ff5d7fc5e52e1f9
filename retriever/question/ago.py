"""Years ago: the time of a rule that is asked for, or, mostly, of what happened to the caller."""

from __future__ import annotations

import re

AGO = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
       "ten": 10, "a couple of": 2}
_OF_A_RULE = re.compile("标准|基数|[票油气水电房车地药]价|费|多少|工资|政策|规定|利率|额度|比例|年龄|门槛|起征点|税率"
                        r"|\b(?:fees?|fares?|costs?|rates?|prices?|wages?|allowances?|limits?|tax|taxes|rules?|how much"
                        r"|how many|standards?|charges?|amounts?)\b", re.I)
_OWN = re.compile("前[^,，。?？]{0,4}[我他她爸妈儿女孩]|[我他她爸妈儿女]{1,3}[^,，。?？]{0,6}年[之以]?前"
                  r"|\b(?:i|my|we|our|he|his|she|her|they|their)\b", re.I)


def is_of_a_rule(text: str) -> bool:
    """Whether a question asks for a rule, and tells nothing of the caller's own."""
    return _OF_A_RULE.search(text) is not None and _OWN.search(text) is None
