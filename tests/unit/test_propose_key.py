"""Keys proposed from labels, as a designer would write them by hand."""

import pytest

from perennial.forms import is_key, propose_key

BY_HAND = {
    "合同金额": "he_tong_jin_e", "银行账号": "yin_hang_zhang_hao", "重要客户": "zhong_yao_ke_hu",
    "重复次数": "chong_fu_ci_shu", "长度": "chang_du", "增长率": "zeng_zhang_lv", "调整原因": "tiao_zheng_yuan_yin",
    "会计": "kuai_ji", "传真": "chuan_zhen", "女儿": "nv_er", "行业": "hang_ye",
    "年审特殊要求": "nian_shen_te_shu_yao_qiu",
    "CRM 系统 2": "crm_xi_tong_2", "ContractAmount": "contract_amount", "合同金额（元）": "he_tong_jin_e_yuan",
    "3 年": "f_3_nian", "!!!": "field", "": "field", "🙂": "field", "id": "id_1", "Order": "order_1",
    "select": "select_1",
    "创建人": "chuang_jian_ren", "created_at": "created_at_1", "a__b": "a_b",
}  # fmt: skip


@pytest.mark.parametrize(("label", "key"), BY_HAND.items())
def test_a_label_becomes_a_key_by_pinyin(label: str, key: str) -> None:
    assert propose_key(label) == key


def test_a_taken_key_gets_a_number_and_a_long_label_ends_with_a_whole_syllable() -> None:
    assert propose_key("合同金额", {"he_tong_jin_e", "he_tong_jin_e_2"}) == "he_tong_jin_e_3"
    long = propose_key("单位负责人联系电话以及备用联系方式说明")
    assert long == "dan_wei_fu_ze_ren_lian_xi_dian_hua"
    assert len(propose_key("x" * 100)) <= 40


@pytest.mark.parametrize("label", [*BY_HAND, "x" * 300, "__", "Ünïcödé", "1", "的" * 60, "a\x00b"])
def test_whatever_the_label_the_key_is_valid(label: str) -> None:
    assert is_key(propose_key(label))
    assert is_key(propose_key(label, {propose_key(label)}))
