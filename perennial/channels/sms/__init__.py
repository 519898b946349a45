"""Short messages by Aliyun and Tencent Cloud: a signed name, an approved template, its parameters. No text of ours."""

from perennial.channels.sms.aliyun import Aliyun, AliyunAccount
from perennial.channels.sms.tencent import Tencent, TencentAccount

__all__ = ["Aliyun", "AliyunAccount", "Tencent", "TencentAccount"]
