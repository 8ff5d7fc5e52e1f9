"""Words of which one excludes another: persons, procedures, things, times, steps."""

from __future__ import annotations

# Groups of words, one a line (a line that is set in goes on with the one before); what is of one alternative is not of
# another. Alternatives are divided by ";".
PERSONS = r"""
在职;退休|离休;失业|待业
成年人|成人;未成年|儿童|少儿|学生;老人|老年|长者
城镇职工|职工医保|职工养老|企业职工|在职职工;城乡居民|居民医保|居民养老|居民参保;灵活就业
低保(?!边缘);特困;低保边缘|低收入;一般家庭|普通家庭
本市户籍|本地户籍|户籍居民;外地户籍|非本市户籍|非户籍|流动人口|居住证
单位|企业|公司|法人;个人|自然人|居民(?!委);个体工商户|个体户
小微;中型;大型企业
残疾;老年人|老人;退役|军人|军属;孕妇|产妇|孕产妇;学生;失独|计划生育特殊|计生特殊;孤儿|困境儿童|事实无人抚养;单亲;优抚|烈属|烈士;
    高层次人才|引进人才;见义勇为|劳动模范|劳模
博士;硕士;本科;大专|专科生|高职;中职|中专
幼儿园|学前;小学;初中;高中;大学|高校
独生;二孩|两孩;三孩;一孩
中度;重度;轻度;极重度
男(?!女);女
业主|房东;租户|租客|承租
用人单位|雇主;劳动者|职工
摊主|商户|商家;市民|顾客|消费者
开发商|建设单位;物业
驾驶人;乘客|乘车人
本人;代办|委托他人|受托
监护人;本人
初级;中级;高级
团体|团队;散客|个人
成年犬|成犬;幼犬|幼崽
农村|农民|村民;城镇|城市居民
会员;非会员
公办;民办
首套;二套|第二套;三套
学员;教练
献血者;用血
夫妻;单身
继承人;本人
施工;监理
走读;住校|住宿生|寄宿
新用户|新开户|新装;老用户|存量用户
本科生;研究生
教师|教职工;学生
助理;执业
中级;副高|正高|高级
全日制|统招;非全日制|在职研究生|函授
内河;海船|海洋|沿海
村民;居民
投保人;受益人
借款人;担保人
买方|买受人|买家;卖方|出卖人|卖家
父亲|男方;母亲|女方
大一新生|新生;在校生|老生|毕业生
特级;普通级
传染病;慢性病|慢病
"""
PROCEDURES = r"""
首次|首领|新办|初次|第一次|初领|初审|首年;补办|补领|遗失|丢失|挂失|补证|补卡|补发;换领|换发|换证|换卡;年检|
    年审|续期|延续|续签|续办|复审|续展;变更|过户|转移;注销|退出
法定;承诺
一般(?!工商)|普通|常规|正常|标准;特殊|紧急|加急|应急|小额|提前退休|快速|简易
本地|市内|本市(?:居住|就医|住院);异地|外地|不在本市|跨省|跨市|市外|省外
公积金;商业(?:性|贷|个人|银行)|银行贷款
当面|上门提交|现场提交;邮寄|寄送|寄件
网上|线上|手机|网办;窗口|现场|线下|柜台
住院;门诊;急诊
申请|申报|报名;投诉|举报;咨询
结婚;离婚;复婚
出生;死亡
设立|开办|开业;变更;注销|歇业
购房|买房|购买;租房|租赁|承租
新房|新建商品房|商品房;二手房|存量房;公租房|保障房|经适房
一次性;按月|每月|按季;按年|每年
自费;免费
合格;不合格
受理前;受理后
全款;贷款
出境|国外|境外|出国;境内|国内
护照;港澳|通行证;身份证;居住证;户口
工伤;生育;失业;医疗;养老
火化|火葬;土葬|安葬
加装;维修|修理;拆除
占用;挖掘
借阅|外借;续借;预约
调解;仲裁;诉讼;复议
更正;补录
现金;实物
总额|合计|累计;每年|每月|每次
起征|起付;封顶|上限
起步|起价|首公里;每公里|续程
预约;取号|现场取
充值|充电;退款|退卡
押金|保证金;租金|年费;工本费
学费;住宿费;伙食费;材料费|书本费
服务费;电费|电价
水费;污水
挂号;检查;手术
体检;考试|笔试;面试
初试;复试
科目一;科目二;科目三;科目四
上传;寄回
门票;讲解|船票|影院|球幕;停车
换乘;首乘
宣传;执法
顺产|自然分娩;剖宫产|剖腹产|难产;流产
单程|单次;往返|多次往返
首件|首重;续件|续重
正本;副本
批发;零售
生产;经营|销售
国产;进口
处方;非处方
自用|自住;营运|出租|商用
非营运;(?<!非)营运
一次付清|一次性付;分期|按揭
正式;试用|试行|临时
公证;见证
备案;许可证
定期;活期
主动;被动|强制
现场核验;书面核验
预订|预购|预售;现售|现房
拼团;单独购
普通挂号|普通门诊|普通号;专家号|专家门诊|特需
抢救;康复
检测;维修|养护
租用;购买
早鸟|预售票;现场票|现场购
补缴|补交;续缴|续交
"""
THINGS = r"""
一级;二级;三级;四级
日场|白场;夜场|晚场
退回|退还|返还|追回;复印|打印|每[页份张本]收|工本费
省级;市级;县级;国家级;乡级|镇级
以内;以外
室内;室外|户外|露天
内环;外环
上学期|第一学期;下学期|第二学期
早班;中班;晚班|夜班
早餐;午餐|中餐;晚餐
单人;双人|家庭
年票|年卡|年费;月票|月卡|月费;日票|日卡|次卡|单次票
标间|双床;套间|大床
高层|电梯房;多层|步梯
东线;西线
上行;下行
进站;出站
地面|露天停车;地下|车库
轻型|微型;重型
普通燃油;混合动力|混动
中小学;幼儿园
期刊|杂志;图书
水田;旱地|旱田
荒山|造林;退耕|还林|抚育
草坪;乔木|树木
火车|高铁;飞机|航班;客运|大巴
一类;二类;三类
甲类;乙类;丙类
[Aa]类;[Bb]类;[Cc]类
第一(?:档|阶梯|级);第二(?:档|阶梯|级);第三(?:档|阶梯|级)
小型|小车|小客车|轿车;大型|大车|货车|客车;摩托;非机动|电动自行车|自行车
新能源|电动汽车|纯电;燃油|汽油
住宅;商铺|商业|非住宅|办公;车位|车库
犬|狗;猫
全科;接种|专科|急诊|口腔|体检|中医
主干道|主次干道;支路|背街|小巷
路灯;井盖;护栏
地上;地下
市级;区级;省级;国家级
总馆;分馆
南门;北门;东门;西门
[Aa]座;[Bb]座
东侧|东边;西侧|西边;南侧|南边;北侧|北边
城区|市区|主城;乡镇|农村|山区|郊区|县城
有电梯;无电梯
纸质;电子
原件;复印件
新版|新证;旧版|旧证
公交;地铁|轨道;出租|网约;轮渡
图书馆;博物馆;体育馆;文化馆;科技馆;美术馆
游泳;羽毛球;篮球;乒乓;健身
水;电(?!话|子|梯|动|脑);燃气|天然气;暖气|供热|采暖
垃圾;污水;油烟;噪声|噪音
值班室|夜间;总服务台|前台
客服|咨询;抢修|报修|急修;举报|投诉|监督
大厅|中心(?!城);分点|便民点|代办点|站点|自助
正门;侧门
"""
TIMES = r"""
夏令|夏季|夏天;冬令|冬季|冬天;春季|春天;秋季|秋天
上半年;下半年
第一批;第二批;第三批
一季度;二季度;三季度;四季度
旺季;淡季
白天|日间;夜间|夜里|闭馆(?:后|以后)
平日|工作日(?![内后]);周末|双休|节假日|周六|周日
早市;夜市
寒假;暑假
开馆;闭馆
采暖期|供暖期;非采暖
开学;放假
法定;延长
过渡期;正式
(?:以前|之前|此前)(?:已经?)?(?:受理|申请|办理|参保|签订|签约|购买|登记|领取)的|老用户|存量;新(?:受理|申请|办理|参保|签订|签约|购|登记|领取|用户)
"""
STEPS = r"""
受理;审核|审查|审批|核准|许可;公示|公告;发放|拨付|到账|打款|发到;领取|取件|取证;制证|制作|送达;补正|补齐|
    补交;复核|异议|申诉|复议;缴费|缴纳|缴清|付款;整改|改正;到场|响应|上门;修复|修好|恢复;答复|回复|反馈|告知;
    有效期|有效|保存|保管;退款|退费|退还;起诉;初审|初核
"""  # of which step a time limit is
ENGLISH = r"""
first[- ]time|first (?:application|issue|card|licen[cs]e)|\bnew\b|initial;renew\w*;replac\w*|\blost\b|damaged|duplicate;
    transfer\w*
\bcampers?\b|participants?;counselou?rs?|staff|volunteers?
\bstandard\b|regular|routine;crisis|emergenc\w+|expedited|urgent
\blicen[cs]e fee\b;ceremony
\bnorth\w*\b;\bsouth\w*\b;\beast\w*\b;\bwest\w*\b
\badults?\b;\bchild(?:ren)?\b|\bkids?\b|youth|\bteens?\b;\bseniors?\b|pensioners?|older
weekdays|office hours|daytime|everyday|monday;weekends?|after hours|nights?|when we are closed|sundays?|
    saturdays?
\bresident(?:s|ial)?\b|households?;\bcommercial\b|business\w*|visitors?|non-?residents?
\bowners?\b|landlords?;\btenants?\b|renters?
\bindoors?\b;\boutdoors?\b
\bsummer\b;\bwinter\b;\bspring\b;\b(?:fall|autumn)\b
\bsingle\b|individual;\bmultiple\b|family|joint|couples?
\bmale\b|\bmen\b;\bfemale\b|\bwomen\b
employees?;employers?
full-time;part-time
\bcars?\b|passenger;trucks?|motorcycles?|trailers?
\bdogs?\b;\bcats?\b|hens|chickens
\bbirth\b;\bdeath\b;\bmarriage\b;\bdivorce\b
in[- ]person;by mail|by post|online
\bfirst (?:offen[cs]e|violation|child|hour)\b;\bsecond (?:offen[cs]e|violation|child)|sibling|additional
\bsmall\b;\blarge\b
front gate|main entrance;rear|side
application;appeal|complaint
recycl\w+;trash|garbage|landfill;yard waste|green waste;hazardous|bulky
booking\w*|reserv\w*;walk[- ]in
deposit;rent\b
prepaid|advance;at the door
\bbasic\b;premium|advanced
\bminor\b;\bmajor\b
day ?time;night ?time|overnight
one[- ]way;round[- ]trip|return ticket
annual|yearly|season pass;monthly;daily|day pass
students?|pupils?;teachers?|staff
disab\w+;low[- ]income|\bpoor\b;pregnan\w+|expectant|new mothers;veterans?|service members?|military;
    \bseniors?\b|elderly|older people|pensioners?;
    \bstudents?\b;orphan\w*;single parents?|lone parents?;refugees?|asylum
undergraduates?;graduates?|postgraduates?
buyers?;sellers?
volunteers?;employees?|paid staff
primary|elementary;secondary|high school
upper;lower
public;private
full[- ]size|full plot;half[- ]size|half plot
practice;public skating
study rooms?;hall|auditorium
pre-?school;school[- ]age
heating;cooling
hardcover|books?;dvds?|videos?|magazines?
wired|landline;mobile|cell
tent;cabin|rv|motorhome
swim\w*;skat\w*;tennis
everyday|routine;emergency
"""
