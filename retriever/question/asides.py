"""What makes a question be about no emergency going on, whatever sign it holds: a rule, a claim, the past, a course.

A caller whose papers burned asks where to get new ones, and is not told to leave the house. What goes on while the
caller speaks overrides it.
"""

from __future__ import annotations

import re

# What makes the whole question one about a rule, a claim or something long past.
ASIDE = re.compile(
    "赔|财产险|保险公司|报了?险|保费|定损|多少钱|[能给领补报](?:得)?多少|能给什么|医药费|救援费|补助|补贴|津贴|救助|"
    "重建|烧光|烧(?:了|掉|毁)?(?:怎么|能|去哪)?补|材料|手续|怎么罚|罚多少|合法|犯法|举报|投诉|法律上|律师|判几|烈士|"
    "去年|前年|上次|上回|上个?月|上个?星期|上周|"
    "年前|以前|曾经|早就处理|已经(?:解决|处理|扑灭|修好|找到|救出|送医)|(?:如果|要是|万一|假如|假设|"
    "会不会[着起漏爆炸塌触中])|演练|演示|演习|预案|应急知识|手册|讲座|证怎么[办考]|(?:救生|急救|救援|消防|安全)员证|证(?:书)?(?:在|去|到|上)?哪(?:里|儿)?[考学领办]|考(?:个|一个)?证|许可|资格|条例|法规|招聘|"
    "多久[检换年]|文中提及|"
    r"西元|\binsurance\b|\binsured\b|\binsurer\b|\bclaims?\b|\blast (?:year|month|week|summer|winter)\b|\b(?:years?|"
    r"months?|weeks?) ago\b|\bin case of\b|\bif (?:there|a|an|my|someone|the|you|we|i)\b|\bwhat happens (?:if|when)\b|"
    r"\bregulations?\b|\blicen[cs]e\b|\bcertificate\b|\bprevent|\bhow often\b|\bused to\b|\bpast fire\b|\balready "
    r"(?:put out|fixed|found|rescued|solved)\b|\bpolicy\b|\bdrill\b|\bcopy of\b|\bjudge\b|\blawyer\b|\bwrote\b|"
    r"\bwritten\b|\bwhich\b|\btaxes\b|\bdisability rating\b|\bcompensat")
# What else does: what the fire took and is to be had anew, what came after it, a course or a show, and a good end.
PAST = re.compile(
    "(?:烧|淹|冲|泡|埋)(?:没|毁|坏|掉|光|了|烂)*[^。]{0,12}(?:补(?!救|充)|挂失|登报|重新?办|换证)"
    "|(?:火|灾|爆炸|事故|塌方|被困)[^,。]{0,3}之?后[^。]{0,12}(?:安置|补|修|赔|住哪|领|申请|找谁|哪里)"
    "|(?:急救|处理|预防|防|安全|消防|救护|应急|知识|泄漏|触电|溺水)[^,。]{0,4}(?:培训|宣传|讲座|课程|展览|体验|展在哪|[也都]?教吗|怎么学|学习班)"
    "|预防|防范|着火点|燃点|什么是|是什么意思|找回来了|获救|脱险了|没事了"
    "|救[上出下]来了(?!.*(?:没气|呼吸|昏|不醒|心跳|晕|意识|流血))|打不着火?(?!.*(?:味|臭|漏))|点不[着燃](?!.*(?:味|臭|漏))"
    "|油烟(?:大|扰民|味|呛|净化)"
    r"|\b(?:burn(?:ed|t)|lost|destroyed|damaged|ruined)\b.{0,30}\b(?:in|by) (?:a|the|our|my) (?:\w+ )?(?:fire|flood)\b"
    r"|\b(?:fire|flood)\b.{0,12}\b(?:destroyed|took|ruined|burn(?:ed|t)) (?:my|our|the|all|his|her)\b"
    r"|\b(?:safety|prevention|shock|rescue|first aid|fire|drowning)\b[^.]{0,20}"
    r"\b(?:demonstrations?|courses?|trainings?|class(?:es)?|leaflets?|exhibitions?|talks?|lessons?)\b")
# What overrides that: it goes on while the caller speaks.
NOW = re.compile(
    r"救命|快来|快帮|快派|赶紧来|赶快来|马上来|正在|这会儿|right now|hurry|\bhelp!|help me|quick(?:ly)?\b")
# What breaks, and is mended: to the vectors a burst pipe lies as near to a gas leak as a leak to another. Told of these
# alone, with nobody and nothing else AT_RISK, nothing is an emergency that no sign knows.
BROKEN = re.compile(
    "水管|自来水|水龙头|暖气|热水器|下水|马桶|消防栓|宽带|网线|断网|有线电视|路灯|红绿灯|井盖|树.{0,3}[倒断歪]|广告牌|"
    "(?:路面?|地面|人行道|地砖).{0,4}[塌陷坑裂]|猫.{0,3}[咬抓]|[狗犬].{0,3}咬|吃[多撑]|停电|跳闸|[蛰蜇]|"
    r"\bpower (?:is (?:out|off)|cut|outage|went)|\bblackout\b|\bstung\b|\bate too many\b|"
    r"\bpipes?\b|\bwater mains?\b|\btaps?\b|\bfaucet|\bradiator|\bdrains?\b|\btoilet|\bhydrant|"
    r"\binternet\b|\bbroadband\b|\bwi ?fi\b|\bphone line|\b(?:street|traffic) ?(?:light|lamp)|\bpotholes?\b|\btrees?\b|"
    r"\bbranch|\bparked\b|\b(?:hit|scratched|keyed|dented) my (?:car|van|bike|fence)|"
    r"\b(?:dog|cat)s? (?:bit|scratched)\b|"
    r"\b(?:bitten|scratched) by (?:\w+ )?\w* ?(?:dog|cat)\b|\bate too much\b")
AT_RISK = re.compile(
    "救|困|压[着住到]|砸[到中伤]|受伤|[流出]血|昏|晕|没气|喘|火|烟|煤气|燃气|天然气|电[线死]|"
    "[触漏]电|掉(?:[进到]|下(?!来[^,。]{0,4}砸坏))|淹|有人|"
    "死|杀|刀|快倒|要倒|爆炸|地铁|"
    r"\bgas\b|smok|\bfire|flame|spark|\bwires?\b|electr|shock|trapped|stuck|buried|under (?:it|the)|injur|\bhurt|"
    r"bleed|unconscious|faint|breath|drown|swept|rising|attack|\bhelp\b|people|explo|"
    r"fell (?:from|off|out|in|into|down)|kill|die|crush|in it\b|inside|"
    r"\bon(?:to)? (?:him|her|me|us|them|my (?!car|van|house|fence|roof|street|lawn|garden|drive))")
# Smoke that annoys and is no fire: to the vectors a neighbour's cooking lies beside a kitchen in flames. Nor are a
# funeral, incense and a temper.
FUMES = re.compile(
    "火葬|火化|烧香|香火|上香|香炉|蚊香|火气|发火|上火|油烟|[抽吸]烟|烧烤|油条|烟囱|烧(?:纸|垃圾|树叶|秸秆|荒)|怕(?:着火|起火)|"
    r"\bsmok(?:es|ing) (?:on|in|under|outside|next)|\bsmokers?\b|\bbarbecue|\bbbq\b|\bcooking smells?")
BURNING_OR_GAS = re.compile(
    "煤气|燃气|天然气|臭?鸡蛋味|(?<!怕)(?:着|起)火|着(?:了|起来)|烧(?:起来|着)|点着|引[燃着]|蔓延|火(?:苗|光|舌)|冒火|[窜蹿]|扑不灭|出不来|"
    r"\bgas\b|\bflames?\b|\balight\b|\bon fire\b|\bcaught\b|\bspread|\bwent up\b|\bblack smoke\b")
