"""Invented names for the demo company: nobody and no company here exists."""

from random import Random

CITIES = (
    "宁波 青岛 成都 厦门 苏州 武汉 南京 长沙 佛山 杭州 无锡 合肥 济南 郑州 西安 重庆 昆明 "
    "福州 温州 绍兴 东莞 珠海 惠州 泉州 常州 南通 徐州 烟台 潍坊 洛阳 襄阳 宜昌 株洲 桂林 "
    "南宁 贵阳 兰州 银川 太原 石家庄 保定 唐山 大连 沈阳 长春 哈尔滨 天津 嘉兴"
).split()
HEADS = (
    "远汐 禾垄 檀屿 屿岸 栖木 景珩 砺川 沐岚 岭坊 云笙 澄野 拾光 锦澜 望舒 青杉 白榆 知远 "
    "临溪 听澜 恒墨 星垣 初阳 北辰 南枝 松涧 鹿鸣 霁川 若水 长风 静安 疏影 暮云 千帆 半山 "
    "晴川 竹里 寒汀 映雪 归雁 朝晖 未央 怀瑾 书衡 允泽 嘉木 凌霄 扶摇 汀兰 素问 清越 九曜 "
    "天枢 叙白 观澜 安和 致中 明德 厚朴 博雅 信达"
).split()
TRADES: dict[str, tuple[str, ...]] = {
    "manufacturing": ("智能装备", "精密机械", "家居", "检测技术", "电气", "新材料"),
    "software": ("软件", "信息技术", "网络科技", "数据服务"),
    "logistics": ("物流", "供应链", "仓储"),
    "retail": ("商贸", "百货", "电子商务"),
    "medical": ("医疗器械", "生物科技", "健康管理"),
    "food": ("食品", "农业", "餐饮管理"),
    "education": ("教育科技", "文化传媒"),
    "environment": ("环境工程", "节能科技"),
}
FAMILY = (
    "林 何 周 程 唐 沈 陆 顾 许 宋 韩 冯 邓 曹 彭 曾 萧 田 董 袁 潘 蒋 蔡 余 杜 叶 "
    "魏 苏 吕 丁 任 卢 姚 钟 姜 崔 谭 陶 熊 邱"
).split()
GIVEN = (
    "晓棠 知远 予安 砚秋 可 书瑶 景行 若溪 子衿 云舟 清和 思齐 明轩 雨桐 嘉树 亦凡 梓涵 "
    "浩然 静姝 文渊 一诺 锦程 望舒 念真 向阳 怀瑾 沐辰 语嫣 承宇 安澜 婉清 致远 新月 立言 "
    "海棠 初夏 长青 如意 佳宁 子墨"
).split()
POSITIONS = ("采购经理", "信息部经理", "运营总监", "行政主管", "财务经理", "总经理助理", "业务负责人")

# account, name, department, roles
COLLEAGUES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("admin", "周予安", "operations", ("business_admin", "csm", "vp")),
    ("director", "程砚秋", "sales", ("director", "vp")),
    ("hezhiyuan", "何知远", "success", ("supervisor", "csm")),
    ("linxiaotang", "林晓棠", "success", ("csm",)),
    ("shenshuyao", "沈书瑶", "success", ("csm",)),
    ("lujingxing", "陆景行", "success", ("csm",)),
    ("tangke", "唐可", "success", ("csm",)),
    ("guruoxi", "顾若溪", "key_accounts", ("supervisor", "csm")),
    ("xuzijin", "许子衿", "key_accounts", ("csm",)),
    ("songyunzhou", "宋云舟", "key_accounts", ("csm",)),
    ("hanqinghe", "韩清和", "key_accounts", ("csm",)),
    ("fengsiqi", "冯思齐", "sales", ("sales",)),
    ("dengmingxuan", "邓明轩", "sales", ("sales",)),
    ("caoyutong", "曹雨桐", "sales", ("sales",)),
    ("gumingzhe", "顾明哲", "operations", ("finance",)),
    ("shenruoxi", "沈若溪", "operations", ("legal",)),
    ("luzijin", "陆子衿", "sales", ("legal",)),
    ("heyining", "贺一宁", "operations", ("tax",)),
    ("wenxi", "闻溪", "operations", ("seal_keeper",)),
    ("luokexin", "罗可欣", "operations", ("service",)),
)
# key, name, parent, head
DEPARTMENTS: tuple[tuple[str, str, str | None, str], ...] = (
    ("company", "禾泽软件", None, "admin"),
    ("sales", "销售部", "company", "director"),
    ("success", "客户成功一部", "company", "hezhiyuan"),
    ("key_accounts", "大客户部", "company", "guruoxi"),
    ("operations", "运营与财务部", "company", "admin"),
)
COMPANY = "禾泽软件"


def company(rng: Random, industry: str, taken: set[str]) -> str:
    """A company's name nobody had yet."""
    while True:
        name = f"{rng.choice(CITIES)}{rng.choice(HEADS)}{rng.choice(TRADES[industry])}有限公司"
        if name not in taken:
            taken.add(name)
            return name


def person(rng: Random) -> str:
    return rng.choice(FAMILY) + rng.choice(GIVEN)


def mobile(rng: Random) -> str:
    """Eleven digits in a block that no operator has given out."""
    return f"1{rng.choice('34578')}{rng.randrange(10)}0000{rng.randrange(10000):04d}"
