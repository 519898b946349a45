"""What the codes of each protocol mean: one table per protocol, code -> (state, why[, seconds to wait]).

In a code `*` stands for anything; the longest that fits wins. A code that no table names is `permanent` /
`refused` (`not_found` at 404); `temporary` / `busy` where it is -1 or negative, or the HTTP status is 5xx;
`throttled` at 429.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from perennial.channels.reply import Reply


@dataclass(frozen=True, slots=True)
class Verdict:
    state: Literal["sent", "temporary", "permanent"]
    why: str
    wait_s: float | None = None

    def reply(self, detail: str, wait_s: float | None = None) -> Reply:
        waits = [one for one in (self.wait_s, wait_s) if one is not None] if self.state == "temporary" else []
        return Reply(self.state, self.why, detail, wait_s=max(waits, default=None))


Table = Mapping[str, Verdict]


def _table(text: str) -> Table:
    """Lines of `state why[/seconds]: codes`."""
    table: dict[str, Verdict] = {}
    for line in text.strip().splitlines():
        head, _, codes = line.partition(":")
        state, means = head.split()
        why, _, wait = means.partition("/")
        assert state in ("sent", "temporary", "permanent")
        for code in codes.split():
            assert code not in table, code
            table[code] = Verdict(state, why, float(wait) if wait else None)
    return table


def verdict(table: Table, code: str, status: int = 200) -> Verdict:
    """What `code` means, with the HTTP status that it came with."""
    if code in table:
        return table[code]
    patterns = [one for one in table if "*" in one and fnmatchcase(code, one)]
    if patterns:
        return table[max(patterns, key=len)]
    if status == 429:
        return Verdict("temporary", "throttled", 60.0)
    if status >= 500 or code.startswith("-"):
        return Verdict("temporary", "busy")
    return Verdict("permanent", "not_found" if status == 404 else "refused")


# 310000 has three meanings, told apart by its text: `dingtalk.robot`. 130101 blocks the robot for ten minutes.
DINGTALK_ROBOT = _table("""
permanent credentials: 300005 300001 400101 40035
permanent bad_request: 43002 43004 400105 40004 40058
permanent gone: 400013 400102 400106
permanent signature: 310000
permanent too_long: 460101
temporary throttled/600: 130101
temporary throttled/60: 410100 660026 90018 90002
temporary busy: -1
""")

# errcode, or sub_code where errcode is 88
DINGTALK_OLD = _table("""
permanent credentials: 40014 42001 40096 40035 40000 40001 40089
permanent bad_request: 22 400002 40004 43002 43004 40078
permanent permission: 60011 50004
permanent ip: 60020
permanent no_such_recipient: 33012 60121 40003
permanent not_found: 60003 400004
permanent duplicate: 143105
permanent quota: 143106
temporary throttled/1: 90018 90002
temporary throttled/3600: 90020
temporary throttled/300: 1111
temporary busy: -1 15 34018
""")

DINGTALK_NEW = _table("""
permanent credentials: InvalidAuthentication invalidClientIdOrSecret AuthenticationFailed.* invalidParameter.authCode.*
permanent permission: Forbidden.* Forbidden
permanent ip: Forbidden.AccessDenied.IpNotInWhiteList
permanent bad_request: MissingParameter* InvalidParameter* invalidParameter* missingParameter* param* illegal*
permanent not_found: notFound* NotFound* *.not.exist *NotExist *.notFound
permanent no_such_recipient: staffId.notExisted userNotExist* invalidUser*
sent duplicate: invalidRequest.duplicateClientToken
temporary throttled/1: Forbidden.AccessDenied.QpsLimit*
temporary throttled/3600: Forbidden.AccessDenied.ApiCountLimit*
temporary throttled/60: Throttling* send.too.fast
temporary throttled/300: 1111
temporary busy: ServiceUnavailable* InternalError* systemError* unknownError serviceUnavailable* system.error
""")

WECOM = _table("""
permanent credentials: 40001 40013 40014 42001 41001 93000 40082 40091
permanent bad_request: 40058 40008 40035 40063 44004 43004 43002 47001 40029
permanent too_long: 45002 45007 45004
permanent permission: 48002 60011 301002 48004 301005
permanent ip: 60020
permanent no_such_recipient: 81013 40003 60111 40031 82001 46004
permanent not_found: 60003 40066 60123 42014
temporary throttled/60: 45009 45033 45047
temporary busy: -1 6000 50000
""")

# the robot and the application speak one language
FEISHU = _table("""
permanent credentials: 19001 99991661 99991663 99991664 99991665 99991668 99991671 99991677 10003 10014 20003
permanent signature: 19021
permanent ip: 19022 99991401
permanent keyword: 19024
permanent bad_request: 9499 19002 230001 99992402 1470400
permanent too_long: 230025
permanent no_such_recipient: 230002 230013 99992351 99992361 99992364 99992360
permanent not_found: 230011 1470404 99992357
permanent permission: 99991672 99991679 230006 230027 230035 1470403 40004
permanent content: 230028
permanent quota: 99991403
temporary throttled/60: 11232 99991400 11247
temporary throttled/1: 230020
temporary busy: -1 230049 2200 1470500 99991500 5000
""")

ALIYUN = _table("""
permanent credentials: InvalidAccessKeyId.* InvalidAccessKeyId Forbidden.AccessKeyDisabled InvalidAccessKeySecret
permanent signature: SignatureDoesNotMatch IncompleteSignature InvalidTimeStamp.*
permanent permission: isv.RAM_PERMISSION_DENY isp.RAM_PERMISSION_DENY Forbidden.* Forbidden NoPermission
permanent no_such_recipient: isv.MOBILE_NUMBER_ILLEGAL
permanent too_long: isv.MOBILE_COUNT_OVER_LIMIT isv.PARAM_LENGTH_LIMIT
permanent content: isv.BLACK_KEY_CONTROL_LIMIT isv.SMS_SIGNATURE_ILLEGAL isv.SMS_TEMPLATE_ILLEGAL isv.SMS_*
permanent bad_request: isv.TEMPLATE_MISSING_PARAMETERS isv.INVALID_JSON_PARAM isv.PARAM_NOT_SUPPORT_URL
permanent bad_request: isv.INVALID_PARAMETERS Missing*
permanent quota: isv.AMOUNT_NOT_ENOUGH
permanent gone: isv.OUT_OF_SERVICE isv.PRODUCT_UN* isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL
temporary throttled/60: isv.BUSINESS_LIMIT_CONTROL Throttling*
temporary throttled/3600: isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL
temporary busy: isp.SYSTEM_ERROR isp.* ServiceUnavailable* InternalError* SignatureNonceUsed
""")

# of one number, and of the whole call
TENCENT = _table("""
permanent signature: AuthFailure.SignatureExpire AuthFailure.SignatureFailure
permanent credentials: AuthFailure.*
permanent permission: UnauthorizedOperation.* UnauthorizedOperation
permanent no_such_recipient: InvalidParameterValue.IncorrectPhoneNumber FailedOperation.PhoneNumberInBlacklist
permanent too_long: LimitExceeded.PhoneNumberCountLimit InvalidParameterValue.ContentLengthLimit
permanent too_long: InvalidParameterValue.TemplateParameterLengthLimit
permanent content: FailedOperation.ContainSensitiveWord FailedOperation.SignatureIncorrectOrUnapproved
permanent content: FailedOperation.TemplateIncorrectOrUnapproved FailedOperation.TemplateUnapprovedOrNotExist
permanent bad_request: InvalidParameter* MissingParameter* UnsupportedOperation* UnknownParameter* InvalidAction
permanent bad_request: NoSuchVersion FailedOperation.TemplateParamSetNotMatchApprovedTemplate
permanent bad_request: FailedOperation.JsonParseFail FailedOperation.ParametersOtherError
permanent quota: FailedOperation.InsufficientBalanceInSmsPackage
temporary throttled/60: LimitExceeded* RequestLimitExceeded*
temporary throttled/3600: LimitExceeded.PhoneNumberDailyLimit LimitExceeded.App*
temporary busy: InternalError* FailedOperation.FailResolvePacket ResourceUnavailable* ServiceUnavailable*
""")
