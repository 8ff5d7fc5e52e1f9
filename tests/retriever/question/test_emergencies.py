"""Emergencies and what is no question are seen before anything is searched; what only sounds like one is not."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from retriever.errors import BadModel
from retriever.question.emergencies import EMERGENCIES, KINDS, NO_QUESTION, Notices, load_notices, noticed
from retriever.records import Turn

TOLD = {
    "gas": """煤气忘关了，一屋子味
        I think my gas stove is leaking
        屋里好大煤气味
        闻到一股臭鸡蛋味，不知道哪来的
        厨房有股煤气味
        楼道里飘着天然气味
        我家燃气管好像漏气了
        煤气罐在漏，嘶嘶响怎么办
        液化气泄漏了
        隔壁施工把燃气管挖断了
        刚交了煤气费，怎么家里有煤气味
        燃气报警器一直响
        I can smell gas in my kitchen
        there is a strong gas smell in the hallway
        it smells like rotten eggs in our flat
        the gas pipe is leaking
        our carbon monoxide alarm is going off""",
    "lift": """电梯把人关里面了
        电梯门打不开，孩子在里面哭
        elevator broke down with kids inside
        有人卡电梯里了
        我被困在电梯里了
        电梯停了，我们三个人出不来
        我妈关在电梯里半个小时了
        电梯里困了个小孩
        电题困人了快来
        电梯突然往下掉，现在卡在五楼六楼中间
        小孩的手被扶梯夹住了
        we are stuck in the lift
        someone is trapped in the elevator
        my mother is locked inside an elevator
        the lift stopped between floors
        the elevator stopped and there are people inside""",
    "fire": """仓库火很大
        我家着火了
        对面楼冒烟了
        楼下电动车起火了快派人
        厨房着火了怎么办
        山上着大火了
        阳台烧起来了
        发生火灾了
        隔壁爆炸了
        烟雾报警器一直在响，楼道都是烟
        my kitchen is on fire
        there's a fire in the building opposite
        I want to report a fire
        smoke is coming out of the window
        the house next door is burning
        a car just caught fire""",
    "missing": """刚才一转眼娃就没了
        孩子走丢了
        我家小孩找不到了
        老人一下午没回来
        我爸有痴呆，早上出去到现在没回家
        女儿联系不上了
        五岁的儿子在超市不见了
        捡到一个走失的老人
        我奶奶走失了
        有个小朋友迷路了
        孙子被人抱走了
        my daughter is missing
        I can't find my little boy
        my grandfather wandered off and has not come home
        my 6-year-old got lost in the park
        my son didn't come home from school
        we have lost our child at the beach""",
    "suicide": """我不想活了
        活着没意思
        有个人要跳楼
        我朋友说要自杀
        她割腕了
        我真的活不下去了
        楼顶有人想跳搂
        有人站在楼顶要跳下来
        楼顶上坐着个女的说要跳
        有个小伙子爬到塔吊上闹着要跳
        a man is on the roof and says he will jump
        想死了算了
        I want to kill myself
        I don't want to live any more
        a man is going to jump off the bridge
        my friend is talking about suicide
        she took an overdose
        I want to die""",
    "electric_shock": """洗澡时被热水器电了
        有人触电了
        电线掉下来了
        小孩被电到了
        路灯漏电
        电线杆倒了
        变压器冒火花
        高压线断了垂在路上
        my colleague got an electric shock
        a power line is down on the road
        someone has been electrocuted
        there is a live wire hanging on our street""",
    "drowning": """有个人在江里喊救命
        车开进河里了
        有人掉水里了
        孩子掉河里了
        有人落水
        一个老人跌进池塘里
        有人溺水了
        被浪卷走了一个人
        someone is drowning
        a child fell into the river
        a man has fallen into the harbour
        two people were swept away""",
    "collapse": """the ceiling has fallen on my father
        对面的房子塌了
        工地墙倒了压住人了
        路面突然塌了一个大坑
        山体滑坡把路堵了
        有工人被埋在下面
        a wall collapsed on the pavement
        there is a sinkhole in the road
        people are trapped under the rubble
        the ceiling just caved in""",
    "poisoning": """我妈喝农药了
        我孩子误服了老鼠药
        煤气中毒了两个人
        我喝了农药
        宝宝吞了纽扣电池
        吃了野蘑菇，一家人上吐下泻
        my son drank bleach
        the baby swallowed a battery
        she ate wild mushrooms and is very sick
        I think we have carbon monoxide poisoning""",
    "violence": """有人在撬我家门
        家里进贼了人还在
        I'm being followed
        我老公正在打我
        有人拿刀在小区里
        楼下在打架
        有人入室抢劫
        他喝醉了要杀人
        有人在砸门，正在撬锁
        there is a man with a knife
        my husband is beating me
        someone is breaking into my house
        he is threatening to kill me
        I have just been robbed""",
    "medical": """我胸口疼得喘不上气
        有人倒在路边不省人事
        my wife is in labor
        路边有人晕倒了
        我爸没呼吸了
        我老婆羊水破了
        快帮我叫救护车
        孩子噎住了
        someone collapsed and is not breathing
        my father is having a heart attack
        please send an ambulance""",
}

MORE_TOLD = [
    ("gas", "挖掘机把路边的燃气管子挖断了"), ("suicide", "I just don't want to be here any more"),
    ("fire", "客厅窗帘着了"), ("fire", "楼下有人放火"), ("fire", "楼梯间全是烟，门一开就呛"),
    ("suicide", "她坐在窗台上说我不答应就跳下去"), ("suicide", "我天天想着怎么死"),
    ("suicide", "这日子过得真的想死"), ("poisoning", "割草的时候被一条蛇咬了一口"),
    ("poisoning", "掏井的师傅下去就没上来"), ("collapse", "吊着的钢板掉下来压着两个人"),
    ("violence", "楼上有人在惨叫"), ("medical", "I think my father is having a heart attack"),
]
NONE = """煤气费怎么交
    燃气报警器多少钱
    天然气开户要什么材料
    燃气入户安检收费吗
    煤气罐去哪里换
    怎么防止煤气泄漏
    燃气公司电话多少
    如果闻到煤气味该怎么处理
    去年我家煤气漏过一次，现在想改管道
    没有闻到煤气味，就是想报装
    电梯年检找谁
    加装电梯要多少户同意
    电梯卡丢了怎么补
    电梯经常困人，找谁投诉
    刷卡进电梯合法吗
    电梯困人应急预案谁制定
    电梯维保多久一次
    消防证怎么办
    灭火器多久检
    上个月家里着火了，保险怎么赔
    火灾事故认定书怎么申请
    带孩子坐火车要什么证件
    大家一起火锅店吃饭可以开发票吗
    遗体什么时候火化，一起火化行吗
    烧烤摊冒烟扰民找谁
    工厂烟囱冒黑烟怎么举报
    万一着火了往哪里跑
    孩子走读
    孩子的身份证丢了
    老人社保卡不见了怎么补办
    孩子户口本找不到了能上学吗
    我儿子找不到工作，有补贴吗
    老公失踪四年了，怎么宣告失踪
    狗走丢了去哪里登记
    防走失手环哪里领
    孩子上学没回执
    跳楼价的手机能退吗
    自杀算不算工伤
    天热得想死，有高温补贴吗
    游乐场的跳楼机有安全认证吗
    触电保护器装一个多少钱
    电线杆广告怎么清理
    漏电保护开关谁负责换
    电费怎么交
    手机掉水里了能保修吗
    学校的防溺水教育谁管
    落水管坏了谁修
    下水道堵了找谁
    房价跌了能退房吗
    房屋倒塌保险怎么买
    地质灾害隐患点补助标准
    食物中毒怎么投诉
    职业中毒算工伤吗
    灭鼠药去哪里领
    家暴离婚怎么起诉
    他老打我电话骚扰怎么办
    菜刀能带上高铁吗
    人身安全保护令怎么申请
    抢劫罪判几年
    救护车怎么收费
    昏迷病人的医药费怎么报销
    心梗手术医保报多少
    人工授精能报销吗
    海边浴场的救生员证在哪里考，小孩溺水那种急救也教吗
    急救证怎么考，触电的人怎么救教不教
    想考个救援员证，坍塌埋人那种课有没有
    人工智能专业怎么报名
    how do I pay my gas bill
    how much is a gas detector
    how often is the gas inspection
    what should I do if I smell gas
    who inspects lifts
    can we install an elevator in an old building
    my elevator key card is lost
    how do I get a fire safety certificate
    how often must a fire extinguisher be checked
    report a past fire for insurance
    I need a report on the fire last month for my insurer
    can I burn garden waste
    where can I set off fireworks
    I was fired last week
    my child's passport is missing
    I lost my son's birth certificate
    child support payments are missing
    my daughter lost her student card
    we missed the school deadline
    does life insurance cover suicide
    may children skip rope on the bridge
    is there a suicide prevention training course
    how to become an electrician
    my phone fell into the lake
    燃气灶打不着火
    没气了怎么充
    被车撞了怎么报交强险
    labor contract law
    电梯停电怎么办理报停
    are there swimming lessons for children
    who pays when a wall needs repair
    is there compensation for subsidence
    how do I complain about food poisoning at a restaurant
    do you offer free rat poison
    where can I buy a kitchen knife
    how do I apply for a restraining order against my husband
    what is the ambulance fee
    is a stroke covered by medical insurance
    what licence do I need for a gun
    how do I dispose of old batteries
    my lift to the airport was late""".splitlines()

GREETINGS = [
    "你好", "您好！", "喂，你好", "喂喂喂", "在吗", "有人吗？", "早上好", "你好 请问", "Hello", "hi there",
    "Good morning!", "hello?", "我要投诉", "你好，我想反映个问题", "我要举报！", "I want to complain",
]
TRANSFERS = [
    "别跟我说机器话，给我接个真人", "给我接真人，别念稿子", "转人工，我不要跟机器人讲", "不想跟机器人说，给我接人工",
    "转人工", "我要转人工", "帮我转人工客服", "人工服务", "能不能给我找个真人", "转接人工，谢谢",
    "怎么转人工",
    "人工！人工", "I want to speak to a human", "talk to an agent please", "operator", "can I speak to someone",
    "Put me through to a manager",
]
THANKS = [
    "谢谢", "好的谢谢", "谢谢你，再见", "没事了 拜拜", "知道了，谢谢啊", "不用了", "thanks", "ok thank you",
    "Thank you, bye", "that's all, thanks", "goodbye",
]
QUESTIONS = [
    "好的", "嗯", "好", "ok", "谢谢，那护照呢", "你好，社保卡丢了怎么补", "人工费多少", "在吗啡管制上有什么规定",
    "转学怎么办", "hello how do I renew my permit", "thanks but what about my wife", "which agent handles visas",
    "我要投诉物业", "举报黑车打哪个电话", "投诉怎么提", "不要机器人炒菜的店", "请不要跟", "我想要", "人工费怎么算",
    "感谢信怎么写", "再见面时间", "工伤", "great schools near me", "operator licence",
]


def wordings(told: str) -> list[str]:
    return [line.strip() for line in told.splitlines()]


@pytest.fixture(scope="module")
def notices() -> Notices:
    return load_notices(hotline="12345")


def kind_of(text: str, notices: Notices, *history: Turn) -> str | None:
    notice = noticed(text, history, notices)
    return notice.kind if notice else None


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, told in TOLD.items() for text in wordings(told)])
def test_an_emergency_is_seen_however_it_is_told(kind: str, text: str, notices: Notices) -> None:
    assert kind_of(text, notices) == kind


@pytest.mark.parametrize(("kind", "text"), MORE_TOLD)
def test_what_was_heard_by_its_vector_alone_is_seen_too(kind: str, text: str, notices: Notices) -> None:
    assert kind_of(text, notices) == kind


@pytest.mark.parametrize("text", [
    "等得我想死", "排了半天队听得我都想死", "累得想死", "this queue nearly gave me a heart attack",
    "I am going to have a heart attack one of these days", "when I ask for my wages my boss just explodes at everybody",
])
def test_what_callers_say_of_their_patience_is_none(text: str, notices: Notices) -> None:
    assert kind_of(text, notices) is None


@pytest.mark.parametrize("text", [text.strip() for text in NONE])
def test_what_only_sounds_like_an_emergency_is_none(text: str, notices: Notices) -> None:
    assert kind_of(text, notices) is None


@pytest.mark.parametrize(("kind", "text"), [
    *(("greeting", t) for t in GREETINGS), *(("transfer", t) for t in TRANSFERS), *(("thanks", t) for t in THANKS),
    *((None, t) for t in QUESTIONS)])
def test_what_is_no_question_is_told_from_questions(kind: str | None, text: str, notices: Notices) -> None:
    assert kind_of(text, notices) == kind


def test_the_line_is_in_the_callers_language_with_its_number(notices: Notices) -> None:
    chinese, english = noticed("我家着火了", (), notices), noticed("my house is on fire", (), notices)
    assert chinese and english and chinese.phone == english.phone == "119"
    assert chinese.text == notices["fire"].zh and english.text == notices["fire"].en
    transfer = noticed("转人工", (), load_notices(hotline="311"))
    assert transfer and transfer.phone == "311" and "311" in transfer.text


def test_every_kind_has_its_line_and_every_emergency_a_number_that_it_says(notices: Notices) -> None:
    assert set(notices) == KINDS == EMERGENCIES | NO_QUESTION
    for kind in EMERGENCIES:
        line = notices[kind]
        assert line.phone and line.phone in line.zh and line.phone in line.en, kind


@pytest.mark.parametrize(("before", "text", "kind"), [
    ("电梯停了", "我们还被关在里面，出不来", "lift"),
    ("有个小孩", "掉河里了", "drowning"),
    ("the elevator stopped", "there are people inside", "lift"),
    ("我家着火了", "三号楼二单元", None),  # told already
    ("社保卡丢了", "怎么补办", None),
    ("孩子三岁", "身份证怎么办", None),
])
def test_an_emergency_may_be_told_in_two_turns(before: str, text: str, kind: str | None, notices: Notices) -> None:
    assert kind_of(text, notices, Turn("user", before), Turn("agent", "您慢慢说")) == kind


def test_what_the_agent_said_tells_no_emergency(notices: Notices) -> None:
    assert kind_of("知道了，那怎么办", notices, Turn("agent", "家里着火了请拨119")) is None


def test_a_citys_file_takes_the_place_of_the_kinds_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "notices.yaml"
    file.write_text("gas: {phone: 0755-0119, zh: 拨燃气抢险, en: Call the gas company}\n", encoding="utf-8")
    own = load_notices(hotline="12345", file=file)
    notice = noticed("屋里有煤气味", (), own)
    assert notice and (notice.text, notice.phone) == ("拨燃气抢险", "0755-0119")
    assert own["fire"] == load_notices(hotline="12345")["fire"]


@pytest.mark.parametrize(("text", "wrong"), [
    ("gass: {phone: '1', zh: 甲, en: a}", "'gass' is unknown"),
    ("gas: {phone: '1', zh: 甲}", "gas must have zh, en and phone"),
    ("gas: {phone: '1', zh: '', en: a}", "gas.zh must have 1 to"),
    ("gas: {phone: '1', zh: [甲], en: a}", "gas.zh must have 1 to"),
    ("gas: {phone: 报警, zh: 甲, en: a}", "gas.phone must be a number"),
    ("- gas", "must be a list of kinds"),
    ("gas: {", "cannot be read as YAML"),
])
def test_a_file_that_cannot_be_used_is_refused_by_name(text: str, wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "notices.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadModel, match=r"notices\.yaml") as refused:
        load_notices(hotline="12345", file=file)
    assert wrong in refused.value.message


@pytest.mark.parametrize("text", ["拜" * 40, "帮我" * 20, "嗯" * 40, "谢谢" * 19 + "x", "hello " * 6 + "x", "着" * 1000,
                                  "孩子" * 500, "电梯" * 1000, "smell " * 300, "my child " * 200])
def test_no_wording_takes_long_to_read(text: str, notices: Notices) -> None:
    began = perf_counter()
    noticed(text, (), notices)
    assert perf_counter() - began < 5  # an exponential search would take hours
