"""What callers say in an emergency, kind by kind: signs of one going on, and what a clause holds that is about none.

A sign is worded as something that happens now; what resembles it is left out where it stands (电梯卡, 煤气费), or by
what else the clause says (a fire certificate, a gas alarm's price). A notice too many costs a glance, one too few
perhaps a life: a caller who tells what happened and asks on is warned, one who asks about a rule is not. A few slips of
speech recognition are spelled out (电题, 跳搂); words of a city's own are no matter for this table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signs:
    """One kind of emergency: ``told`` finds it in a clause, in Chinese or English, unless ``aside`` does too."""

    kind: str
    told: re.Pattern[str]
    aside: re.Pattern[str]


_CHILD = (
    "孩子|小孩|孩儿|娃|儿子|女儿|闺女|姑娘|囡囡|宝宝|孙子|孙女|外孙|侄子|侄女|弟弟|妹妹|小朋友|学生|男孩|女孩|小男生|"
    "小女生")
_ELDER = (
    "老人|老爷子|老太太|老头|老伴|奶奶|爷爷|外公|外婆|姥姥|姥爷|阿婆|阿公|[我他她]?[妈爸](?:妈|爸)?|母亲|父亲|婆婆|"
    "公公|岳父|岳母|老公|老婆|丈夫|妻子|痴呆|智障|病人|家人|家里人")
# what stands between a person and "lost" where no thing of theirs is lost
_NO_THING = "[^的证卡书本机包籍号料章档房产钱册单据狗猫车票照]"
_PEOPLE_EN = (
    "(?:child|children|kids?|son|daughter|boy|girl|toddler|baby|mother|father|mum|mom|dad|grand(?:ma|pa|mother|"
    "father|son|daughter)|husband|wife|brother|sister|nephew|niece|elderly (?:man|woman|person)|old (?:man|woman|"
    r"lady)|\d+[- ]year[- ]old|patient)(?!'s| support| benefits?| care| tax| seat)")
_DOES_EN = (
    "(?:husband|wife|boyfriend|girlfriend|partner|ex|father|dad|stepdad|mother|mum|mom|son|neighbou?rs?|someone|"
    "somebody|a man|man|he|she|they|people)")

# kind; how it is told in Chinese, in English; what else makes the clause about none
_TABLE: tuple[tuple[str, tuple[str, str], str], ...] = (
    ("suicide", (
        "(?:站|坐|爬|蹲)[^,。]{0,4}(?:楼顶|天台|塔吊|桥栏|窗台)[^。]{0,14}跳下去|想(?:着)?怎么死(?!的)|"
        "(?:[想要闹说正我他她人]|准备|打算|企图|试图|在)(?:着|过|了)?自[杀刹](?!率|风险|险|性|者|与|的|未遂|"
        "[为于是所]|死|身)|自[杀刹](?:了$|怎么办)|轻生|寻短见|(?<!得)(?<![^真]的)(?<!"
        "[听吵等气烦热累饿看]得我)(?<![听吵等气烦热累饿看]得[我人]都)想死(?!机|亡|[你我他她]了?$)|跳[楼搂](?!机|"
        "价|甩|促)|跳桥|跳[河江海]|(?:站|坐|爬|翻|骑|蹲)[^,。]{0,6}(?:[楼屋]顶|天台|阳台|窗台|栏杆|塔吊|"
        "高处|桥)[^,。]{0,6}[要想说闹][^,。]{0,3}跳(?![舞绳伞])|(?:[楼屋]顶|天台|塔吊|桥)上?(?:站|坐|爬)[^,。]{0,8}"
        "[要想说闹][^,。]{0,3}跳(?![舞绳伞])|割腕|上吊|不想活(?!动)|活不下去|活着(?:真|都|也)?没(?:什么|啥|有)?(?:意思"
        "|意义|劲|"
        "盼头)|活够了|死了算了|一死了之|一了百了|(?:结束|了结)(?:自己的?(?:生命|一生|$)|我的?(?:生命|一生)|生命$|"
        "这条命|这一生)|遗书|(?:吃|吞)了?(?:一|整|半)?瓶?(?:安眠药|百草枯)|没有?活(?:下去|着)的(?:勇气|念头|意义|"
        "必要)",
        r"don'?t want to be here any ?more\b|"
        r"\b(?:kill|hang|harm|hurt|shoot)(?:ing)? (?:my|him|her|them)sel(?:f|ves)\b|suicid|\bwants? to die\b|wanna "
        r"die|\bend(?:ing)? (?:my|his|her|their) (?:own )?life\b|\bend it all\b|(?:do not|don'?t|doesn'?t|no longer) "
        "want(?:s)? to (?:live|be alive|go on living)|no (?:reason|point|point in|will) (?:to |in )?liv(?:e|ing)|"
        "life (?:is not|isn'?t) worth|better off (?:dead|without me)|"
        r"\b(?:on|over) (?:the|a|our) (?:roof|rooftop|ledge|railing|balcony|crane|bridge)\b[^.]{0,40}\bjump(?:ing)?\b|"
        r"jump(?:ing)? (?:off|from|out of) (?:a|an|the|my|"
        r"this|our)? ?(?:\w+ )?(?:roof|rooftop|bridge|building|balcony|window|ledge)|overdos|cut(?:ting)? (?:my|his|"
        "her) wrists?"),
     "理赔|保险|条款|工伤|算不算|预防|[热累困饿吵烦](?:得|都|的)?.?想死|想死你|赔偿|insurance|insured|clause|"
     "statistic|training|prevention (?:course|week|plan)"),
    ("fire", (
        "(?:床单|被[子褥]|窗帘|沙发|垃圾[桶箱]|草[堆垛]|柴堆|棚子?|[屋房]顶|厨房|阳台|仓库|汽车|电[瓶动]车)(?:都|"
        "也|全)?着了|有人(?:纵|放)火|楼[道梯](?:里|间)?[都全]?是烟|"
        "(?<![打点])(?<!打不)(?<!点不)(?<!打得)(?:着|起|失|走|燃)了?[火伙](?!车|锅|点|腿|炬|种|柴|龙|灾|鸡|爆|化|葬|伴"
        "|计|食|房)|(?:发生|有|突发)了?火灾|"
        "着大火|冒(?:着|了|出|起)?(?:很多|好多|好大|大|股)?的?(?:黑|浓|白|大)?(?:烟|火(?!花|星))|烧(?:起来|着了)|"
        "大火|火势|(?<![灶锅炉肝上])火(?:很|特别|好|太|非常|越来越|烧得(?:很|好)?)[大旺]|火光|(?<!可能)爆炸了|(?:气罐|"
        "气瓶|锅炉|[煤燃]气|电池|充电宝|电瓶车?|灶|罐子?|管道)[^,]{0,3}炸了|"
        "满(?:屋|楼|楼道|房)(?:子|里)?都?是?的?(?:浓)?烟|烟雾?(?:报警器|警报|探测器)一?直?(?:在)?(?:响|叫)",
        r"\b(?:on|caught|catch(?:es|ing)) fire\b(?! safety)|there(?:'s| is| was)? (?:a |still )?(?:big |huge |small "
        r")?fire\b(?! (?:station|escape|hydrant|extinguisher|door|alarm|exit|sale|pit))|report a fire\b(?! (?:hazard|"
        "alarm|door|exit))|(?:house|flat|apartment|kitchen|building|car|bus|bin|room|forest|grass|roof|shop|balcony|"
        "shed|garage|factory)(?: next door| opposite| over there| upstairs| downstairs| below| above)?(?: is|'s)? "
        "(?:burning|ablaze|in flames)|smoke (?:is )?(?:coming|pouring|billowing|everywhere|filling)|full of smoke|"
        r"\bsee (?:the |big )?(?:flames|smoke)|fire (?:has )?br(?:oke|eaks|oken) out|(?:just|has) "
        r"explod(?!e[sd]? at )|an explosion|"
        r"in flames|\bfire in (?:my|the|our|a) (?!past|last|pit)|smoke alarm (?:is|keeps) (?:going|ringing|sounding)"),
     "烧(?:纸|垃圾|树叶|柴|香)(?!.*(?:引燃|着火|起火|烧着|烧起来|蔓延))|预防|防火|消防(?:证|验收|备案|检查|培训|演练|通道|设施|栓)|灭火器|隐患|容易|怕|担心|认定|证明|原因|演练|炸了锅|"
     "爆仓|油烟|烧烤|秸秆|烟囱|尾气|工厂|柴油|抽烟|吸烟|举报|污染|大火锅|烟花|鞭炮|炭火|放火罪|炉子|extinguisher|"
     "certificate|fire safety|drill|permit|inspect|barbecue|bbq|campfire|firework|leaves|wood|rubbish|garden|chimney|"
     "factory chimney|smoking|job|hazard"),
    ("gas", (
        "(?:[煤没][气汽]|燃气|天然气|液化气|瓦斯|臭鸡蛋|臭蛋|鸡蛋)(?:罐|灶)?(?:的|那种)?(?:好|很)?(?:大|重|浓)?(?:的|"
        "一样的?)?(?:臭|怪)?味(?!精)|(?:闻到|闻着|飘|一股|有股|股子).{0,6}(?:[煤没][气汽]|燃气|天然气|液化气|瓦斯|"
        "臭鸡蛋)|(?:煤[气汽]|燃气|天然气|液化气|气罐|气瓶|瓦斯)(?:管道?|软管|阀门?|灶|罐|表|总阀)?.{0,6}(?:漏(?:了|"
        "气|得|个|着|$)|在漏|泄[漏露]|跑气|冒气|呲气|刺啦|嘶嘶|滋滋)|漏(?:了)?(?:煤[气汽]|燃气|天然气|瓦斯|液化气)|"
        "(?:灶|气罐|气瓶|管子|管道|阀门).{0,3}漏气|(?:气罐|气瓶|阀门|煤[气汽]|燃气|天然气|液化气).{0,5}(?:喷|冒|跑)(?:"
        "出)?(?:气|$)|"
        "(?:煤[气汽]|燃气|天然气|灶|阀门?).{0,4}(?:忘了?关|没关|没拧|开着).{0,10}(?:味|头晕|恶心)|(?:燃气|煤气|天然气|"
        "一氧化碳).{0,4}(?:报警|警报)器?.{0,6}(?:响|叫)|"
        "把[^,。]{0,4}(?:燃气|煤气|天然气)管.{0,4}(?:挖|铲|打|钻|撞)(?:断|破|穿|漏)",
        r"\b(?:smell|smells|smelling|smelled|smelt|reek|reeks|stinks)\b.{0,25}\b(?:gas|rotten eggs?|propane)\b|\bgas "
        "(?:smell|odou?r|leak|leaking|leaks|is leaking|escaping|is escaping|pipe (?:is )?(?:broken|burst|leaking|cut|"
        r"hit))\b|\bgas (?:stove|cooker|oven|hob|hose|tank|bottle|cylinder|meter|line|main|boiler|heater)s? .{0,14}lea"
        r"k|leaking gas|hiss.{0,20}gas|gas.{0,20}hiss|rotten egg (?:smell|odou?r)|(?:carbon monoxide|co|gas) "
        "(?:alarm|detector).{0,12}(?:going off|went off|beeping|ringing|sounding)|hit (?:a|the) gas (?:line|pipe|"
        "main)"),
     "^(?!.*(?:[煤没燃][气汽]|天然气|液化气|\\bgas\\b)).*(?:下水|地漏|马桶|化粪|阴沟|drain|sewer|toilet|sink)|"
     "多少钱|安检|[气汽]费|预防|防止|防漏|检测仪|要不要装|怎么装|怎么买|演练|知识|没有?(?:闻到|漏|味|泄)|不漏|"
     "没什么味|无味|how much|install|inspection|prevent|gas bill|how often|no (?:gas )?(?:smell|leak)|isn'?t|not "
     "leaking|buy|natural gas car"),
    ("lift", (
        "电[梯题提].{0,10}(?:[关困卡锁]在里|困了|困住|困着|困人|困在|有人|出不[来去]|关住|关着|卡住|卡了人|卡着|"
        "卡在(?!哪)|夹住|夹到|夹了|夹人|坠|往下掉|掉下[去来]|掉了?下|失控|冲顶|停在半|停在两|悬在)|(?:困|关|堵|锁|夹|"
        "憋|(?<![刷打办门])卡)(?:死|住|人)?(?:在|到|了)?.{0,4}(?:电[梯题提]|升降机|轿厢)(?:里|中|内|门|口|井|上|$)|"
        "(?:困|关|堵|锁|夹|憋)(?:死|住)?在(?:一部|这个|那个)?(?:电[梯题提]|升降机|轿厢)|电[梯题提](?:里|内|"
        "中)?.{0,4}(?:困|关|卡|夹)(?:着|了|住)?.{0,3}(?:人|孩子|小孩|老人|个)|扶梯.{0,6}(?:夹|卷)|"
        "电[梯题提][^。]{0,6}把[^。]{0,8}[关困卡锁夹]|(?:电[梯题提]|轿厢)(?:门|里|突然|忽然|一下子?|又|半路|中途|还|，"
        "|,| ){0,3}[^。]{0,6}"
        "(?:打不开|开不了|不开门|不动|动不了|停了|停住|停电|故障|坏)[^。]{0,10}(?:[里内](?:面|头|边)?(?:还|都)?(?:有|"
        "关|困|哭|喊|"
        "叫|没|$|,)|在里|我们|有(?:个|好几|几)?个?(?:人|孕妇|老人|小孩|孩子)|出不[去来]|困)|(?:人|孩子|小孩|老人|我|我"
        "们|他|她)[^。]{0,4}在"
        "电[梯题提]里[^。]{0,6}(?:出不|哭|喊|呼救|敲|晕|闷)",
        r"\b(?:stuck|trapped|locked|stranded|caught|imprisoned)\b.{0,25}\b(?:lift|elevator)\b|\b(?:lift|"
        r"elevator)\b.{0,40}\b(?:stuck|trapped|can'?t get out|cannot get out|people inside|someone inside|person "
        r"inside|with (?:me|us|people|someone|my \w+) (?:in|inside)|between (?:two )?floors|fell|plunged|falling|"
        r"dropped)\b|\b(?:lift|elevator)\b(?: doors?)?.{0,20}\b(?:won'?t|doesn'?t|don'?t|can'?t|will not|not) (?:open|"
        r"move|"
        r"budge)\b.{0,30}\b(?:inside|in it|in there|in here|with|we|people)\b|\b(?:lift|elevator)\b.{0,12}\b(?:broke d"
        r"own|"
        r"stopped|has stopped|shut down)\b.{0,20}\b(?:inside|in it|in there|with|while we|while i)\b"),
     "(?:昨[天晚日]|前[天几晚])(?!.*(?:现在|还在|还没))|yesterday|was responsible|which (?:office|department)|"
     "三天两头|隔三差五|天天|必须到|道理|合理吗|电梯卡(?:坏|丢|不|怎|多|办|补|失|消|到期)|经常|总是|老是|投诉|次数|"
     "预案|演练|年检|维保|加装|赔偿|责任|怎么罚|怎么处罚|电动车|三天两头|隔三差五|天天|必须到|道理|合理吗|often|"
     "complain|inspection|install|keeps? (?:getting|breaking)|nobody|no one|every week|fee|key ?card"),
    ("missing", (
        "没[去到]学校也没回家|"
        rf"(?:{_CHILD}|{_ELDER}){_NO_THING}{{0,14}}(?:走丢|走失|走散|丢了(?!工作|脸|魂|人)|不见了|不见踪影|失踪|"
        "找不[到着](?:了|人|$|,)|没找[到着]|没(?:有)?回来|没(?:有)?回家|联系不上|跑丢|跑没影|没影了|被拐|被人?抱走|"
        "被人?带走|不知去向|不知道(?:去|跑|上)哪|离家出走|没了踪影)|(?:走丢|走失|捡到|拐走|抱走|"
        rf"走散)(?:了)?(?:的)?(?:一?个|一名|一位)?.{{0,3}}(?:{_CHILD}|{_ELDER})|(?:有个|一个)?(?:{_CHILD}|老人|老太太|"
        "老爷爷|老奶奶).{0,4}(?:迷路|找不到家|不记得家|不知道家)|(?:孩子|小孩|老人)(?:被)?(?:人贩子|拐)|人不见了|"
        "丢孩子|(?:一转眼|一眨眼|一转身|一回头|一扭头|一不留神|没留神|没看住)[^。]{0,10}(?:没了|不见|没影|找不[着到]|"
        "跑丢)",
        rf"\b{_PEOPLE_EN}\b.{{0,30}}\b(?:missing|(?:got |is |are |has been )?lost(?! (?:his|her|my|their|the|a|an|"
        r"your)\b)|disappeared|wandered (?:off|away)|vanished|ran away|run away|(?:has not|hasn'?t|have not|haven'?t|"
        "did not|didn'?t|never) (?:come|came|returned?|been) (?:home|back)|been gone since|can'?t be found|nowhere "
        r"to be found|kidnapped|abducted|was taken)\b|\b(?:can'?t find|cannot find|can not find|(?:is|am|are) missing|"
        rf"lost sight of) (?:my|our|the|a|an) (?:\w+[- ]){{0,3}}?{_PEOPLE_EN}\b|"
        r"\blost(?: sight of| track of)? (?:my|our|the|a|an|her|his) (?:\w+[- ]){0,3}?(?:child|children|kids?|toddler|"
        r"boy|girl)\b(?!'s| support| benefits?)|"
        r"\bmissing (?:child|kid|person|boy|girl|toddler)\b(?! (?:report (?:form|copy)|support|policy))|found (?:a|"
        "an) lost (?:child|kid|boy|girl)"),
     r"证|社保卡|学籍|户口|工作|对象|学校|幼儿园|宣告|多年|几年|\d+年|[两三四五六七八九十]年|离婚|手环|防走失|定位|"
     "[猫狗]|工资|补助|津贴|预防|没回来(?:领|办|签|交)|保障|收养|改姓|抚养|weeks|pregnan|miscarr|buri|bereav|tax|"
     r"passport|\bcard\b|\bid\b|certificate|papers|documents?|payment|support|benefit|school place|job|phone|backpack|"
     r"\bbag\b|vaccin|appointment|years|homework|\btooth\b|deadline|immuni"),
    ("electric_shock", (
        "触[电店](?!影)|(?:被|给|让|叫)(?![^,]{0,8}(?:电话|电瓶|电动|电信|电器城))[^,]{0,8}?电(?:击|了|到|着|倒|晕|死|"
        "麻)(?![话影视动瓶])|电(?:到|倒|晕)(?:了)?(?:个)?(?:人|孩子|小孩|我)|"
        "漏电(?!保护|断路|开关|保险|检测|流)|(?:电线|高压线|电缆|线缆).{0,6}(?:掉|断|垂|落|塌|冒火|打火|耷拉|砸|露)|"
        "(?:电线?杆|电塔).{0,5}(?:倒|歪|断|斜)|(?:变压器|配电箱|电箱|电表箱?|插座|电闸).{0,5}(?:爆|冒火|冒烟|炸|打火|"
        "火花|漏电)|(?:水里|积水中?)[^,]{0,4}电线|(?:手|人)麻.{0,6}(?:路灯|水管|水龙头)",
        r"electrocut|(?:electric|electrical) shock|got (?:a )?shock(?:ed)? (?:from|by)|\b(?:power|electric(?:al|"
        r"ity)?) ?(?:line|lines|cable|cables|wire|wires|pole)\b.{0,25}\b(?:down|fallen|fell|sparking|on the (?:road|"
        r"ground|street|pavement)|snapped|broken|broke|hanging|came down)\b|(?:downed|fallen|broken|exposed) (?:live |"
        r"power |electric(?:al)? )?(?:line|wire|cable|power line)|\bwires?\b (?:is )?(?:laying|lying|hanging|down) "
        "[^,]{0,12}(?:ground|road|street|pavement|sidewalk)|live wire|sparking|sparks (?:are )?(?:coming|flying)|"
        "transformer (?:just )?(?:exploded|blew|is on fire)"),
     "保护器|赔|预防|认定|检测|培训|怎么罚|标准|电线杆广告|迁|移走|therapy|prevent|training|fence|compensation|move "
     "the pole"),
    ("drowning", (
        "(?:涨潮|潮水|涨水|洪水|水涨)[^。]{0,12}(?:困在|回不[去来])|"
        "(?:掉|落|跌|滑|摔|坠|栽|冲|卷)(?:进|到|下|入)?(?:了)?(?:护城|水|大|粪|污|化粪|窨|下)?(?:水|河|江|海|湖|塘|"
        "池|井|沟|潭|渠)(?:里|中|去|了|底|道|塘|库|井|$)|落水(?!管|斗|口|井|狗|洞|系统)|溺水|(?:人|孩子|小孩|老人|"
        "男的|女的|他|她|学生).{0,5}(?:淹(?:了|着|死)|沉下去|沉底|快沉|在水里扑腾)|被(?:水|浪|洪水|潮水|海浪)(?:冲|"
        "卷)走|河里有(?:个)?人|水里有(?:个)?人|被潮水困|[江河海湖水塘井库][里中上面]{0,2}[^,]{0,4}(?:喊|叫|呼)救|(?:车"
        "|船|艇|人)[^,]{0,4}(?:开|掉|冲|翻|扎|滑)(?:进|到|下|入)了?[^,]{0,3}(?:河|江|海|湖|水|"
        "沟|塘)(?:里|中|$|了)|(?:船|艇|皮划艇|竹筏)(?:翻|沉)了|(?:游泳|玩水|洗澡)[^,]{0,8}(?:沉(?:下去|底|没)|没上来|"
        "不见了)|困在(?:礁石|江心|河中|海上)",
        r"\b(?:is|are|was|someone|somebody|child|kid|man|woman|boy|girl|people|friend|he|she)(?:'s)? drowning\b|"
        r"drowning[!.]*$|\b(?:fell|fallen|falls|slipped|jumped|pushed) (?:in|into|off \w+ into)(?:to)? (?:the |a |an "
        r")?(?:\w+ )?(?:river|lake|sea|water|harbou?r|pond|canal|pool|well|creek|manhole|reservoir)\b|swept (?:away|"
        "out|off)|(?:person|man|woman|child|boy|girl|someone|body) in the (?:water|river|sea|lake|canal)|pulled under"),
     "烈士|见义勇为|手机|钥匙|钱包|充电宝|耳机|平板|相机|无人机|行李|背包|雨伞|戒指|手表|眼镜|证|卡|预防|防溺水|宣传|教育|车牌|水价|下水道疏通|赔|警示|phone|keys|"
     r"wallet|\bbag\b|passport|glasses|ring|lessons|debt|prevent|paper|drone|ball"),
    ("collapse", (
        "(?:掉|倒|塌|砸)(?:下来|了)?[^,。]{0,3}压[住着到](?:了)?[^,。]{0,4}(?:人|孩子|老人|工友)|"
        "(?:房|楼|墙|桥|路面|马路|地面|山|脚手架|塔吊|工地|屋顶|天花板|边坡|大棚|围墙|阳台|广告牌|吊车|隧道|"
        "坑).{0,6}(?:塌(?:了|下|方|陷了|陷下|$)|正在塌|要塌|垮(?:了|下)|倒(?:塌|下来)|陷下去|滑坡|砸(?:到|了|中|"
        "伤)人?)|(?:墙|楼|脚手架|塔吊|房子|棚子|广告牌|大树)倒了|塌方了?|坍塌|塌了|山体滑坡|泥石流|(?:人|孩子|工人|"
        "老人).{0,4}(?:被)?(?:压在|埋在|压住|埋住|埋了|压着)|被(?:压|埋)(?:在|住|了)|地上?(?:突然)?(?:塌|陷)(?:了|"
        "出)?(?:一?个)?(?:大)?[坑洞]|楼板?.{0,3}裂(?:开|了).{0,6}(?:塌|倒)",
        r"\b(?:building|house|wall|roof|ceiling|bridge|road|scaffold(?:ing)?|crane|ground|street|balcony|tunnel|mine|"
        r"pavement)\b.{0,20}\b(?:collaps(?:ed|es|ing)|caved in|caving in|gave way|fallen down|fell down|came down|"
        r"about to collapse|swallowed)\b|\bsinkhole\b.{0,20}\b(?:opened|appeared|swallow\w*|in the|on)\b|landslide|"
        r"\b(?:ceiling|wall|roof|tree|balcony|beam|shelf|scaffold(?:ing)?|billboard|sign|crane)\b.{0,12}\b(?:fell|fall"
        r"en|"
        r"collapsed|c[oa]me down|crashed)\b.{0,12}\bon (?:to )?(?:my|a|the|me|us|him|her|them|someone|people|two|thre"
        r"e)\b|"
        "mudslide|(?:buried|trapped|pinned|crushed) (?:under|beneath)"),
     "房价|还能[盖建]|[咋怎]么?算|算哪|承重墙|装修|没人管|归谁|谁来|保险|赔|鉴定|补助|防治|治理|排查|预案|风险|评估|"
     "隐患点|insurance|compensation|assessment|subsidence|risk|map|phone line|price"),
    ("poisoning", (
        "被[^,。]{0,3}蛇[^,。]{0,3}咬|(?:井|池|窖|罐|舱|坑)[^,。]{0,8}下去[^。]{0,6}没(?:再)?(?:上来|声)|"
        "(?:煤气|一氧化碳|食物|农药|药物|蘑菇|酒精|集体|甲醇|瓦斯)中毒|中毒了|(?:误食|误服|误喝|吃错|喝错|误吞|偷喝|"
        "喝了|吃了|吞了|喝下|吞下|喝|吞).{0,6}(?:农药|消毒[液水]|洁厕|老鼠药|鼠药|百草枯|敌敌畏|毒蘑菇|野蘑菇|汽油|清"
        "洁剂|"
        "清洗剂|洗衣[液粉]|84|甲醇|电池|药片|安眠药)|(?:农药|消毒[液水]|洁厕[灵剂液]?|老鼠药|百草枯|敌敌畏|清洁剂|"
        "84)(?:给|被)?[^,]{0,3}(?:当[^,]{0,4}喝|喝了|误喝|吃了)|(?:全班|几个孩子|一家人|全家|很多人|好多人|好几个|"
        "十几个).{0,12}(?:呕吐|上吐下泻|肚子疼|拉肚子|吐了)",
        r"\bpoisoned\b|(?:has|have|got|getting|from|with) (?:\w+ ){0,2}poisoning|\b(?:drank|swallowed|ate|eaten|drunk|"
        r"ingested|licked)\b.{0,30}\b(?:bleach|pesticide|weed ?killer|detergent|rat poison|cleaner|cleaning fluid|"
        "(?:wild |poisonous )?mushrooms?|antifreeze|chemicals?|button battery|batter(?:y|ies)|pills|poison|petrol|"
        r"gasoline)\b"),
     "赔|投诉|预防|证明|职业|工伤|认定|标准|处罚|怎么罚|往上报|上报|几种情况|灭鼠|知识|预案|企业|培训|complain|"
     "restaurant|last|prevent|ivy|compensation|inspect|lead poisoning test|report (?:a )?food|refund|training"),
    ("violence", (
        "(?:孩子|女人?|有人)[^,。]{0,3}(?:惨叫|喊救命)|"
        "(?:持|拿|提|动|带|抽出|掏出|挥)(?:着|了|把)?(?:一?把|一?根)?(?:菜|砍|水果|大|西瓜)?刀(?!具店)|砍(?:伤|"
        "死)?了?(?:人|我|他|她)|捅(?:了|人|伤|死)|杀(?:了)?人|行凶|抢劫|被抢了|有人抢|绑架|劫持|强奸|性侵|猥亵|(?:要|"
        "快|往死里)(?:被)?打死|要杀|(?:正在|又在|一直在|还在|在)(?:拼命|动手)?(?:打我(?!的?电话|的?手机)|打人|打孩子|"
        "打老婆|打老人|打架|砸门|撬门|撬锁|踹门|砍)|(?:老公|丈夫|老婆|男朋友|男友|前夫|前男友|儿子|爸爸?|他|她|有人|"
        "邻居|对方|酒鬼|醉汉)(?:现在|正|又|喝[醉多]?了?酒?就?|天天|老是?|刚才?|"
        "刚刚){0,3}(?:在)?(?:动手)?(?:打我(?!的?电话|的?手机)|掐我|打人|砸我家|堵着?门不让|威胁要?[杀打弄])|(?:入室|"
        "破门而入|闯进(?:来|我家|家)|闯入)|聚众斗殴|群殴|打群架|尾随我|跟踪我|被(?:一个|个|人|陌生人|男的)[^,]{0,3}(?:"
        "跟踪|尾随|跟着|堵|绑|抢|掐)|[进来]了?(?:个|一个)?(?:贼|小偷)|(?:撬|砸|踹|捅)(?:着|了)?(?:我|我家|邻居)"
        "家?的?(?:大|防盗)?[门窗锁]|打架[^。]{0,8}(?:见血|流血|出血|动刀|砍|重伤|受伤|死人|好多人|几十)|(?:外面|楼下|"
        "路上|街上|门口|店里|学校)[^,]{0,6}(?:在|正)"
        "打架|不让我(?:出门|走|出去)",
        r"\b(?:has|have|having|had|with|pulled|pulling|holding|waving|got|carrying) (?:a |an |out a )(?:\w+ "
        r")?(?:knife|gun|weapon|machete|axe)\b|stabb(?:ed|ing)|gunshots?|shots? fired|is shooting|been shot|\b"
        rf"{_DOES_EN}\b(?:'s| is| are| keeps?| just| has been)* (?:beat(?:s|ing)?|hit(?:s|ting)?|attack(?:s|ed|ing)?|"
        r"hurting|strangl\w+|choking|punch\w+|kicking) (?:me|us|her|him|them|someone|people|my (?:mum|mom|mother|dad|"
        "wife|son|daughter|kids?|child(?:ren)?|sister|brother)|his|the (?:kid|child|baby)|a )|(?:broke|breaking|"
        "trying to (?:break|get)|broken) in(?:to)? (?:my|our|the) (?:house|flat|home|apartment|room)|burglar (?:is "
        r")?in|intruder|(?:am|are|is) being (?:attacked|robbed|followed|beaten|mugged|held)|(?:\bi|we|he|she|someone|"
        r"my \w+)(?: have|'ve| has|'s| was| were| got| just| been)+ (?:robbed|raped|mugged)|threaten(?:s|ed|ing)? to "
        r"(?:kill|stab|shoot)|held hostage|\b(?:being|am) followed\b|\bsomeone(?:'s| is| keeps)? (?:following|stalkin"
        r"g) me\b|\bfight(?:ing)? (?:outside|in the street|going on)"),
     "离婚|伤情鉴定|保护令|判几年|量刑|罪|赔|怎么举报|管制刀|办案|法律援助|案底|扣分|打我(?:的)?(?:电话|手机)|骚扰|"
     "刀具|剪刀|水果刀能|高铁|地铁|安检|不杀|游戏|电影|restraining|protection order|compensation|licen[cs]e|range|"
     r"permit|photo|flu shot|law\b|legal aid|movie|game|price|bring a"),
    ("medical", (
        "晕倒|昏倒|晕过去|昏过去|昏迷|(?:没|没有|停止)(?:了)?呼吸|没气了|没(?:有)?心跳|心脏(?:骤停|病发|病犯)|心梗|"
        "脑溢血|中风了|大出血|血流不止|抽搐|抽起来|噎(?:住|着|到)了?|羊水破|(?:快|马上|现在|好像)要生了|(?:叫|喊|派|"
        "要)(?:一?[辆台个])?(?:120|救护车)(?!费|多少)|不省人事|没了?意识|喘不[上过]来?气|上不来气|(?:胸口|胸|心口|心"
        "脏)(?:一阵|特别|很|好)?(?:闷|痛|疼|绞痛|难受)[^。]{0,8}(?:喘|出汗|受不了|厉害|呼吸|要命)|(?:半边|半身|一侧|一"
        "边)[^,]{0,4}(?:不能动|动不了|没知觉|瘫|使不上劲)|(?:突然|忽然)[^,]{0,6}说不(?:出|了)话|嘴(?:都|也)?歪了|被[^,"
        "]{0,4}车(?:撞|轧|压|碾)"
        "|车祸[^。]{0,8}(?:受伤|流血|有人|伤了|不动)|撞(?:到|了|伤|飞)(?:个|一个)?(?:人|老人|小孩|孩子|行人)|"
        "(?:倒在地上|摔(?:倒|下来)).{0,8}(?:不动|起不来|不醒|叫不醒|流血)|叫不醒",
        "unconscious|passed out|collapsed and|not breathing|isn'?t breathing|stopped breathing|can'?t breathe|cannot "
        "breathe|(?<!going to have a )(?<!gonna have a )(?<!give me a )(?<!gave me a )(?<!ly had a )(?<!most had a )"
        "heart attack(?! (?:one|every|each) )|having a (?:stroke|seizure)|bleeding (?:badly|heavily|a lot|to death)|"
        r"won'?t stop bleeding|choking on|is choking|waters? (?:have |has )?broke|"
        r"\b(?:is|am|are|going into|gone into|went into|wife) (?:in )?"
        r"labou?r\b(?! (?:law|union|market|contract|bureau|dispute|arbitration|rights|insurance|office))|"
        r"contractions are|having (?:a|the) baby now|need "
        "an ambulance|call an ambulance|send an ambulance|won'?t wake up|hit by a (?:car|bus|truck)"),
     "走了|去世|抢救了|住院|全责|跑掉|责任|报销|报多少|能报|医保|手术|收费|多少钱|赔|认定|工伤|残疾|康复|补贴|补助|"
     "充值|怎么充|轮胎|罐|保险|交强险|理赔|证|后遗症|鉴定|费用|病史|术后|怎么报|护理|bill|cost|fee|insurance|rehab|pay"
     "|benefit|how much|compensation"),
)

SIGNS: tuple[Signs, ...] = tuple(
    Signs(kind, re.compile("|".join(told)), re.compile(aside)) for kind, told, aside in _TABLE)
