"""What a caller says is not so: no filing, no card, no local household; and texts that are about just that.

Rules that hang on a thing's being there mostly say in another sentence what holds where it is missing, and of the two
that are alike in every word but one the wrong one is easily read out. So a text is asked whether it denies the thing
too. That a thing is not needed (不用备案) denies nothing, and 有没有, 能不能 ask. Zh and en.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from retriever.language.analysis import normalise

_NO_ZH = ("(?:(?<!有)没有?|未(?![来必婚知])|(?<!除)非(?!常|要)|(?<!是否)不是|并非|无(?!需|须|论|障|[一-鿿]{1,4}证明)"
          "|(?<![能是要会可肯对行好得想用敢差])不"
          "(?![能可会知同超用必需要少满足是肯愿想行得管论过该一对给让错够宜准许予允归通清]))")
_CUT = r"[^\w]|(?<!智)能|[的了就怎多要吗呢么会可吧啊还也都是咋如]"
_SAID_ZH = re.compile(rf"{_NO_ZH}(?P<thing>[一-鿿]{{2,8}})")
_LEADING = re.compile("^(?:办理?过?|带着?|去|做过?|有|过|用|交过?|签|拿着?|及时|按时|按规定|提前|到|在)"
                      "(?=[一-鿿]{2})")
# What rules hang on: papers, what one is entered in or insured by, what one has to have done. That nobody looked, or
# that a thing does not fit, is told in most complaints, and no rule is about it.
_HELD = re.compile("证|照|卡|牌|户口|户籍|档案|学籍|[备报]案|登记|[社医参投]保|保险|单位|工作|[合协]同|协议|许可"
                   "|手续|资格|疫苗|发票|票据|公积金|收入|预约|签字|盖章|身份|产权|[住租买有]房|房子|学历|担保|手机|申[报请领]|[换续]领|续签|注册"
                   "|年[检审]|[缴交付]费|[报交缴纳]税|体检|公证|审批|验收|办理|领取")
_HELD_EN = frozenset((
    "licen", "permi", "passp", "visa", "card", "regis", "insur", "recei", "contr", "lease", "certi", "degre", "docum",
    "proof", "paper", "addre", "accou", "appoi", "ticke", "vacci", "micro", "membe", "resid", "citiz", "job", "emplo",
    "incom", "marri", "paren", "phone", "renew", "appli", "apply", "repor", "filed", "signe", "paid", "deed", "refer"))
_A_NOT_A = re.compile("([一-鿿])(?:不|没有?)(?=\\1)")  # 算不算 asks
_SHORT = 4  # characters of a thing whose beginning names it too
_NEAR = 5  # characters of a text between what denies and what is denied
_NO_EN = (r"\b(?:without|no|not|never|cannot|(?:have|has|had|do|does|did|is|are|was)n't|lack(?:s|ing)?)"
          r"\s+(?:have |has |got |get |hold |holding |been |yet |an? |the |my |your |their |any |be )*")
_SAID_EN = re.compile(rf"{_NO_EN}(?P<thing>[a-z]{{4,}})(?: (?P<next>[a-z]{{4,}}))?")
_WITH = "已经?|持有?|凭|(?<!没)有(?!效|关|限)"
_WITH_EN = r"\b(?:with|has|have|holds?|holding|already)\s+(?:an? |the |been )?"
_NOT_EN = frozenset(("know", "need", "want", "sure", "longer", "more", "only", "understand", "think", "speak", "find",
                     "than", "with", "allowed"))
_STEM = 5  # characters of an English word that its forms share
# Headings of what holds where something was not done: 逾期怎么办, If you forget.
_OMITTED = re.compile(r"忘|逾期|过期|超期|漏|没|未"
                      r"|\bforg[eo]t|\blate\b|\bmiss(?:ed)?\b|\bfail|\bnot\b|n't\b|\bwithout\b|\boverdue\b")


def denied(question: str) -> frozenset[str]:
    """What the question says is not so: of each Chinese thing its first and its last two characters, of an English one
    its stem."""
    text = _A_NOT_A.sub("", normalise(question))
    found: set[str] = set()
    for match in _SAID_ZH.finditer(text):
        thing = _LEADING.sub("", re.split(_CUT, match["thing"])[0])
        held = list(_HELD.finditer(thing))
        if len(thing) > 1 and held and not thing.endswith("证明"):  # 无房证明 is a paper
            thing = thing[:max(held[-1].end(), 2)]
            found |= {thing[-2:]} if len(thing) > _SHORT else {thing[:2], thing[-2:]}
    for match in _SAID_EN.finditer(text):
        if match["thing"] not in _NOT_EN:
            words = {word[:_STEM] for word in (match["thing"], match["next"]) if word}
            found |= words if words & _HELD_EN else set()
    return frozenset(found)


def affirms(text: str, things: Iterable[str]) -> bool:
    """Whether a text is about one of these things' being there."""
    said = normalise(text)
    return any(re.search(rf"(?:{_WITH})[^\W_]{{0,{_NEAR}}}{re.escape(thing)}" if not thing.isascii() else
                         rf"{_WITH_EN}(?:(?!no )[a-z]+ )?{re.escape(thing)}", said) for thing in things)


def denies(text: str, things: Iterable[str], heading: str = "") -> bool:
    """Whether a text is about one of these things' not being there; or stands under the ``heading`` of what was
    omitted and names it."""
    said = normalise(text)
    is_omitted = bool(heading) and _OMITTED.search(normalise(heading)) is not None
    for thing in things:
        if is_omitted and thing in said:
            return True
        if thing.isascii():
            if re.search(rf"{_NO_EN}(?:[a-z]+ )?{re.escape(thing)}", said):
                return True
        elif re.search(rf"{_NO_ZH}[^\W_]{{0,{_NEAR}}}{re.escape(thing)}", said):
            return True
    return False


_NOT_DONE = ("(?:不能|不可以?|不得|不给|不予|不让|不许|不行|不准|不算|不报|不退|不收|不免|不适用|[办退报用领带]不了)"
             "(?!再|继续|一次|代办|一起)")
_ASKS_WHAT_NOT = re.compile(
    rf"(?:哪些|哪几|哪种|哪样|(?<!为)什么|啥|谁)[^,。?]{{0,14}}{_NOT_DONE}"
    rf"|{_NOT_DONE}[^,。?]{{0,8}}(?:有|是)?(?:哪些|什么|啥)"
    r"|\b(?:what|which|who)\b[^.?]{0,40}\b(?:can'?t|cannot|can not|not|isn't|aren't|doesn't|don't|won't|excluded"
    r"|exempt|prohibited|forbidden|banned)\b")
_SAYS_NOT = re.compile(
    r"不(?:适用|予|得|能|可|许|准|算|包括|包含|含|受理|报|退|收|免|属|在此)|除外|禁止|例外|严禁"
    r"|\bnot\b|\bcannot\b|n't\b|\bno \w+ (?:may|can|is|are)\b|\bexcept|\bexclu|\bprohibit|\bforbid|\bexempt")


def asks_what_not(question: str) -> bool:
    """Whether a question asks for what is not allowed, not covered, not given."""
    return _ASKS_WHAT_NOT.search(normalise(question)) is not None


def says_not(text: str) -> bool:
    """Whether a text, as the lead-in of a list, says that what follows is not."""
    return _SAYS_NOT.search(normalise(text)) is not None


# Headings under which stands what is not: 不能报的, Not allowed. Not those that ask, tell both, or name a law.
_HEADS_NOT = re.compile(
    "^(?!.*(?:能不|可不可|是不是|怎|如何|什么时候|多久|后果|处罚|条例|规定|办法|[能算][^,]{0,8},|\\?))(?:.{0,8})"
    "(?:不(?:能|可|可以|得|予|准|许|受理|报销|报|收|退|给|算|包括|包含|适用|属于)(?!时|后|前|的话)|禁止|严禁|除外|例外)"
    r"|^(?:(?:is |are )?not (?:allowed|covered|included|accepted|permitted|eligible|refunded)\b|(?:may|must) not\b"
    r"|prohibited|forbidden|excluded|exclusions|exceptions|what (?:\w+ ){1,3}(?:not|n't)\b"
    r"|what (?:\w+ )?(?:is|are|does|do)(?:n't| not)\b)")


def heads_what_is_not(heading: str) -> bool:
    """Whether a heading says that what stands below it is not: read out without it, that would say the contrary."""
    return _HEADS_NOT.search(normalise(heading)) is not None
