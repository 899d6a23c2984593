"""Words that mean the same on a shelf: a product named with one is found by the others."""

GROUPS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "西红柿 番茄 蕃茄 tomato",
        "土豆 马铃薯 洋芋 potato",
        "红薯 地瓜 番薯 yam",
        "玉米 苞米 corn maize",
        "花生 落花生 peanut",
        "大豆 黄豆 soybean soya",
        "茄子 矮瓜 eggplant aubergine",
        "香菜 芫荽 cilantro coriander",
        "圆白菜 卷心菜 包菜 cabbage",
        "猕猴桃 奇异果 kiwi kiwifruit",
        "菠萝 凤梨 pineapple",
        "橙子 甜橙 orange",
        "辣椒 chili chilli pepper",
        "冰淇淋 冰激凌 雪糕 icecream gelato",
        "酸奶 优酪乳 yogurt yoghurt",
        "奶酪 芝士 起司 cheese",
        "牛油果 鳄梨 avocado",
        "方便面 泡面 速食面 instant",
        "可乐 cola coke",
        "汽水 苏打水 soda fizzy",
        "矿泉水 纯净水 饮用水 water",
        "咖啡 coffee",
        "饺子 水饺 dumpling dumplings",
        "馄饨 云吞 抄手 wonton",
        "面条 挂面 noodle noodles",
        "米饭 白饭 rice",
        "豆腐 tofu beancurd",
        "薯条 fries chips",
        "薯片 crisps chips",
        "纸巾 抽纸 面巾纸 tissue tissues",
        "卫生纸 厕纸 卷纸 toilet",
        "洗洁精 洗碗液 detergent",
        "外带 打包 takeaway takeout",
    )
)


def synonyms_of(text: str) -> set[str]:
    """The other words of each group that has a word in the (folded) text."""
    found: set[str] = set()
    for group in GROUPS:
        if any(_occurs(word, text) for word in group):
            found |= group
    return {word for word in found if not _occurs(word, text)}


def _occurs(word: str, text: str) -> bool:
    return word in text.split() if word.isascii() else word in text
