"""What codes mean: from the published tables of the protocols, written here by hand."""

import pytest

from perennial.channels import WHYS, verdicts
from perennial.channels.verdicts import Table, verdict

TABLES: dict[str, Table] = {
    name: getattr(verdicts, name)
    for name in ("DINGTALK_ROBOT", "DINGTALK_OLD", "DINGTALK_NEW", "WECOM", "FEISHU", "ALIYUN", "TENCENT")
}
PERMANENT = {
    "DINGTALK_ROBOT": "310000 300005 300001 400101 40035 43002 43004 400013 400102 400105 400106",
    "DINGTALK_OLD": "22 40014 40000 40096 40035",
    "DINGTALK_NEW": "InvalidAuthentication invalidClientIdOrSecret AuthenticationFailed.MissingParameter",
    "WECOM": "93000 40058 40008 40001 40013 40014 42001 41001 60020 48002 81013",
    "FEISHU": "19001 19021 19022 19024 9499",
    "ALIYUN": "isv.MOBILE_NUMBER_ILLEGAL isv.MOBILE_COUNT_OVER_LIMIT isv.TEMPLATE_MISSING_PARAMETERS "
    "isv.INVALID_JSON_PARAM isv.BLACK_KEY_CONTROL_LIMIT isv.PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL "
    "isv.AMOUNT_NOT_ENOUGH isv.OUT_OF_SERVICE",
    "TENCENT": "AuthFailure.SignatureExpire AuthFailure.SecretIdNotFound FailedOperation.PhoneNumberInBlacklist",
}
TEMPORARY = {
    "DINGTALK_ROBOT": "130101 410100 660026 -1",
    "DINGTALK_OLD": "90018 90002 90020 -1",
    "DINGTALK_NEW": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi Forbidden.AccessDenied.QpsLimitForApi "
    "Forbidden.AccessDenied.ApiCountLimitForOrg",
    "WECOM": "45009 -1",
    "FEISHU": "11232 99991400",
    "ALIYUN": "isv.BUSINESS_LIMIT_CONTROL isv.DAY_LIMIT_CONTROL isp.SYSTEM_ERROR",
    "TENCENT": "InternalError InternalError.OtherError RequestLimitExceeded LimitExceeded.PhoneNumberOneHourLimit",
}


@pytest.mark.parametrize("table", TABLES)
def test_every_published_code_has_its_class(table: str) -> None:
    found = {code: verdict(TABLES[table], code) for code in f"{PERMANENT[table]} {TEMPORARY[table]}".split()}
    assert {code for code, one in found.items() if one.state == "permanent"} == set(PERMANENT[table].split())
    assert {code for code, one in found.items() if one.state == "temporary"} == set(TEMPORARY[table].split())
    assert [code for code, one in found.items() if one.why == "refused"] == []


@pytest.mark.parametrize("table", TABLES)
def test_throttles_say_how_long_and_every_why_is_explained(table: str) -> None:
    whys = {one.why for one in TABLES[table].values()}
    assert whys <= set(WHYS)
    assert all(one.wait_s for one in TABLES[table].values() if one.why == "throttled")


def test_robots_rest_a_minute_or_more() -> None:
    for name in ("DINGTALK_ROBOT", "WECOM"):
        assert min(one.wait_s or 0 for one in TABLES[name].values() if one.why == "throttled") >= 60
    assert verdict(TABLES["DINGTALK_ROBOT"], "130101").wait_s == 600  # it is blocked for ten minutes


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("999999", 200, ("permanent", "refused")),
        ("999999", 404, ("permanent", "not_found")),
        ("-7", 200, ("temporary", "busy")),
        ("999999", 502, ("temporary", "busy")),
        ("999999", 429, ("temporary", "throttled")),
    ],
)
def test_a_code_that_nobody_named_goes_by_its_kind(code: str, status: int, expected: tuple[str, str]) -> None:
    found = verdict(TABLES["WECOM"], code, status)
    assert (found.state, found.why) == expected


def test_the_longest_pattern_wins() -> None:
    assert verdict(TABLES["DINGTALK_NEW"], "Forbidden.AccessDenied.QpsLimitForApi").why == "throttled"
    assert verdict(TABLES["DINGTALK_NEW"], "Forbidden.AccessDenied.Something").why == "permission"
    assert verdict(TABLES["DINGTALK_NEW"], "todo.task.not.exist").why == "not_found"
    assert verdict(TABLES["TENCENT"], "LimitExceeded.PhoneNumberCountLimit").why == "too_long"
