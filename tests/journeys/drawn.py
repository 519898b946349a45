"""What the administrator draws in test_designer, as definitions: 客户信息表 and 续费合同表 with the fields of
000_6a28127e2a0ea2b1 (part 3, step 1), who looks after a contract, 年审特殊要求 and what is served.
"""

from typing import Any

Tree = dict[str, Any]


def field(key: str, label: str, kind: str, *options: str, **more: Any) -> Tree:
    named = [{"key": f"option_{number}", "label": label} for number, label in enumerate(options, 1)]
    return {"key": key, "label": label, "kind": kind, **({"options": named} if named else {}), **more}


CUSTOMERS: Tree = {
    "form": "ke_hu_xin_xi_biao", "label": "客户信息表", "title": "ke_hu_ming_cheng",
    "fields": [
        field("ke_hu_ming_cheng", "客户名称", "text"),
        field("hang_ye", "行业", "select", "制造业", "软件"),
        field("gui_mo", "规模", "select", "小型", "中型", "大型"),
        field("lian_xi_ren_xin_xi", "联系人信息", "text"),
        field("ke_hu_jian_kang_du_ping_fen", "客户健康度评分", "number"),
        field("ke_hu_zhuang_tai", "客户状态", "select", "服务中", "已流失"),
    ],
}  # fmt: skip
CONTRACTS: Tree = {
    "form": "xu_fei_he_tong_biao", "label": "续费合同表", "title": "he_tong_bian_hao", "owner": "fu_ze_ren",
    "fields": [
        field("he_tong_bian_hao", "合同编号", "text"),
        field("guan_lian_ke_hu", "关联客户", "relation", to="ke_hu_xin_xi_biao"),
        field("he_tong_jin_e", "合同金额", "money"),
        field("he_tong_kai_shi_ri_qi", "合同开始日期", "date"),
        field("he_tong_jie_shu_ri_qi", "合同结束日期", "date"),
        field("xu_fei_zhuang_tai", "续费状态", "select", "待续费", "已续费", "已流失"),
        field("xu_fei_fang_shi", "续费方式", "select", "自动续费", "手动确认"),
        field("fu_ze_ren", "负责人", "person"),
        field(
            "nian_shen_te_shu_yao_qiu", "年审特殊要求", "long_text", visible_when='xu_fei_zhuang_tai = "option_1"',
        ),
    ],
}  # fmt: skip
SERVICES: Tree = {
    "form": "xu_fei_he_tong_biao_items", "label": "服务明细", "within": "xu_fei_he_tong_biao",
    "fields": [
        field("fu_wu_xiang_mu", "服务项目", "text"),
        field("quantity", "数量", "number"),
        field("amount", "金额", "money"),
        field("belongs_to", "所属记录", "relation", to="xu_fei_he_tong_biao", reverse="items", required=True),
        field("fu_wu_qi_shi", "服务起始", "date"),
    ],
}  # fmt: skip
TREES = (CUSTOMERS, CONTRACTS, SERVICES)

# who sells sees what their own department looks after, and no amounts
SALESPERSON: Tree = {
    "role": "renewal_sales", "label": "续费销售",
    "forms": {
        "ke_hu_xin_xi_biao": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
        "xu_fei_he_tong_biao": {
            "rows": "department", "rights": ["read", "update"],
            "fields": {"*": "read", "he_tong_jin_e": "hidden", "xu_fei_zhuang_tai": "write"},
        },
    },
}  # fmt: skip


def told(tree: Tree) -> list[tuple[str, ...]]:
    """What a definition says of its fields."""
    return sorted(
        (
            *(str(f.get(name)) for name in ("key", "label", "kind", "to", "visible_when")),
            *map(str, f.get("options") or ()),
        )
        for f in tree["fields"]
    )
