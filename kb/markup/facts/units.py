"""What a number counts in Chinese: the unit after it, and what one of it is worth in the unit that is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from kb.markup.facts.fact import HAN
from kb.markup.facts.numerals import Number


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts, and where that ends."""

    kind: str
    name: str
    end: int
    factor: Decimal = Decimal(1)


_APPROXIMATE = re.compile(r"\s?(?:余|多(?![次种项])|来)?(?P<scale>[万亿])?(?:余|多)?\s?")
_ZH: tuple[tuple[str, str, str, str], ...] = (
    ("money", "USD", "1", "美元|美金"), ("money", "HKD", "1", "港元|港币"), ("money", "EUR", "1", "欧元"),
    ("money", "GBP", "1", "英镑"), ("money", "JPY", "1", "日元"),
    ("money", "CNY", "1", r"元(?![月旦件素])(?:人民币)?|圆整?|块钱|块(?=[，。；、）)\s]|$)|yuan\b|RMB\b|CNY\b"),
    ("money", "CNY", "0.1", "角(?![度落色])"), ("percent", "point", "1", "个?百分点"),
    ("percent", "", "1", r"%|percent\b"), ("percent", "", "0.1", "‰"),
    ("percent", "", "10", "成(?![立为人品员功都本果熟分绩交套年长因])|折(?![叠旧合扣算腾])"),
    ("age", "", "1", "周岁|岁"), ("age", "month", "1", "个?月龄"),
    ("duration", "workday", "1", "个?(?:工作日|工作天)|个交易日"), ("duration", "minute", "1", "分钟"),
    ("duration", "hour", "1", "个?小时|个钟头"), ("duration", "second", "1", "秒钟?"),
    ("duration", "week", "1", "个?(?:星期|礼拜)|周(?![岁年边围期转内报刊记一二三四五六日末])|个周"),
    ("duration", "month", "1", "个月"), ("duration", "year", "1", "年(?![级代度纪货鉴龄])|周年|个年头"),
    ("duration", "day", "1", r"(?:个|个?自然|个?日历)?[日](?![历间常用语报志程元照均])|个?昼夜|天(?![然气津安桥河空])"),
)
_ZH_LOOKS = tuple((kind, unit, Decimal(worth), re.compile(look)) for kind, unit, worth, look in _ZH)
_LONG_MEASURES = (
    "人次 人份 人天 例次 车次 班次 架次 户次 平方公里 平方千米 平方米 平方厘米 立方米 立方厘米 平米 公里 千米 海里"
    " 厘米 毫米 分米 公斤 千克 毫克 毫升 公升 "
    "摄氏度 公顷 千瓦时 瓦时 毫安时 千瓦 马力 兆瓦 分贝 课时 学时 学分 学期 学年 大类 小类 大项 小时段 工时 标准箱"
    " 吨位 勘查年度 年度 季度 标方 英寸 英尺 个百分点 微克 微米")
_MEASURE = re.compile(
    "(?:" + "|".join(sorted(_LONG_MEASURES.split(), key=len, reverse=True)) + ")"
    r"|人(?![民员才工社力口均行事们大防身生])|户(?![籍口型外])|家(?![庭长属具电政园乡人教])|名(?![称义下录字单额片])"
    r"|位(?![置于])|项(?!目[^，。]{0,2}[经负])|种(?![植子养])"
    r"|类(?!似|区|地|[街段路岗证库卡])|件(?!套)|份(?!额)|张|套(?![路用餐取])|辆|台(?![风湾账阶州北])"
    r"|次(?![日年月性要序生])|针(?![对灸织])|支(?![付持出部撑队])"
    r"|本(?![市人条办法次级案年单科地院区县省府市金身规通村周月日质届来能])"
    r"|册(?!子)|层(?![面级])|间(?![隔距接断])|处(?![理罚于分以置方室长所])|座(?![位谈椅机])"
    r"|所(?![有以在属需得得谓述列提称])|批(?![准复发评])|期(?![间限满内末初货房待])|门(?![诊口槛票牌急面店])"
    r"|场(?![所地馆合景次])|趟|轮(?![岗换流渡椅车摩胎])|亩|升(?![级学降高至旗])|吨"
    r"|米(?![饭面线])|克(?!服)|倍|度(?![假过量数])|条(?![件款例约形码])|只(?![有能要是限需])|头(?![部像痛发])|匹|棵"
    r"|株|根(?!据|本)|片(?![区段面])|袋|箱|瓶|盒|桶|道(?![路德])|例(?![如外行])|宗|组(?![织成长建])|枚|篇|页(?!面)"
    r"|字(?![样段典])|寸|分(?![钟别级之类局期成配析公院店支区队办])|门|斤|两(?!次)|步(?![行骤入])|晚|站(?!点)|幢|栋"
    r"|床|杯|岗|席|班(?![车次子组])|级(?=及?以[上下])|轨|格|剂|粒|艘|具(?![有体备])|题(?![目库型材])|架(?![构设])|盏|副(?![本主省市])|kW·h"
    r"|(?:km|kg|cm|mm|ml|mL|mg|km²|m²|m³|㎡|kWh|kW|GB|MB|KB|dB|Mbps|W|V|L|g|m|h)(?![A-Za-z])|℃|°C")
_PHYSICAL = re.compile("平方|立方|公里|千米|米|公斤|千克|克|吨|升|亩|公顷|倍|度|摄氏|海里|厘米|毫|千瓦|马力|人次|份"
                       "|张|套|次|针|本|学年|学期|课时|学时")
_NOUN = re.compile(rf"个(?P<noun>[{HAN}]{{1,12}})?")
_NOUN_ENDS = re.compile("[的了以及和与或在是将就可按时内从由至中之等为有被把对均都应须需不能会来到后前起并也还给让向"
                        "其他上下进出建设开提增减同要每加共执只测放留记用半]")
_ORDINAL = re.compile("第(?:[一二三四五六七八九十\\d]{1,3}[、至到和-])*\\s?$")
_SAME_ONE = re.compile("(?:[上下同任某哪另这那逐统单专唯万]|(?<!提)前)$")  # 上一年, 同一年度: which one, not how many
_SORTS = re.compile("(?:分|分为|下列|以下|共|等|上述|其他|这|有|成)$")
_BOUNDED = re.compile("(?:至少|最多|至多|不超过|不少于|仅限|只限|限)$")
_CALLED = re.compile(r"(?:限|放|发|每天|每日|号源)[^\d]{0,6}$")


def chinese_unit(text: str, number: Number) -> Unit | None:
    """The unit right after a number in Chinese."""
    found = _APPROXIMATE.match(text, number.end)
    at = found.end() if found else number.end
    scale = Decimal({"万": 10**4, "亿": 10**8}.get(found["scale"] or "", 1)) if found else Decimal(1)
    if number.text == "一" and _SAME_ONE.search(text[max(0, number.start - 2):number.start]):
        return None
    is_ordinal = bool(_ORDINAL.search(text[max(0, number.start - 12):number.start]))
    for kind, unit, worth, look in _ZH_LOOKS:
        match = look.match(text, at)
        if match and not (is_ordinal and not (kind == "duration" and unit in ("day", "workday"))):
            if match[0] in ("折", "成") and number.value > 10:
                worth = Decimal(1) if number.value < 100 and match[0] == "折" else Decimal(0)
            return Unit(kind, unit, match.end(), worth * scale) if worth else None
    if is_ordinal:
        return None
    measure = _MEASURE.match(text, at)
    if measure:
        is_count = _counts(number, measure[0], text[:number.start][-6:]) and not (number.text ==
            "一" and measure[0] == "次" and _is_adverb(text, number))
        return Unit("quantity", measure[0], measure.end(), scale) if is_count else None
    return _counted(text, at, number, scale)


def _counted(text: str, at: int, number: Number, scale: Decimal) -> Unit | None:
    """The thing after 个; where it is not plain where its name ends, 个 itself."""
    found = _NOUN.match(text, at)
    if not found or (number.kind == "chinese" and number.text == "一"):
        if text[at:at + 1] == "号" and _CALLED.search(text[max(0, number.start - 10):number.start]):
            return Unit("quantity", "号", at + 1, scale)
        return None
    noun = _NOUN_ENDS.split(found["noun"] or "")[0]
    measure = _MEASURE.match(text, at + 1)
    if measure and len(measure[0]) > 1:
        return Unit("quantity", measure[0], measure.end(), scale)
    name = noun if 1 <= len(noun) <= 4 else "个"
    return Unit("quantity", name, at + 1 + (len(noun) if name == noun else 0), scale)


def _counts(number: Number, measure: str, head: str) -> bool:
    """Whether it is a count: 一家, 一种 are any, not one; 十分 is much."""
    if number.kind != "chinese":
        return True
    if number.text + measure in ("十分",
        "十字", "百分", "一两", "一分", "一度", "一本", "三包", "一头", "一道", "一片", "一场", "一期", "一批", "一号"):
        return False
    if measure == "级":  # 二级以上医院
        return False
    if measure == "类" and not _SORTS.search(head):  # 二类区域; of how many kinds is said with 分, 下列 …
        return False
    if measure == "期" and len(number.text) == 1:
        return False
    return number.text != "一" or bool(_PHYSICAL.match(measure)) or bool(_BOUNDED.search(head))


def _is_adverb(text: str, number: Number) -> bool:
    """Whether 一次 is no count: 一次办结, 一次申请."""
    return bool(re.match(f"一次[{HAN}]",
        text[number.start:number.start + 3])) and "每" not in text[max(0, number.start - 8):number.start]
