"""The other side: what waits for a person here, mirrored in DingTalk, WeCom and Feishu, and what comes back (0031)."""
