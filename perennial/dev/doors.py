"""One request: which failure it meets, which service answers it, what is written down about it."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from perennial.dev import dingtalk, dingtalk_old, feishu, sms, wecom
from perennial.dev.errors import ERRORS, THROTTLED, Refusal, refuse, spoken
from perennial.dev.exchange import Answer, Received, Request, said
from perennial.dev.world import World

SERVICES: dict[str, Callable[[World, Request], Answer]] = {
    "dingtalk_old": dingtalk_old.answer,
    "dingtalk": dingtalk.answer,
    "wecom": wecom.answer,
    "feishu": feishu.answer,
    "aliyun": sms.aliyun,
    "tencent": sms.tencent,
}
ELSEWHERE = "http://localhost.invalid/elsewhere"
MOVED = "/moved"  # where `redirect_here` leads; what stands behind it is the same
UNHEARD_OF = "99999"  # a code that nobody has published
HUGE_BYTES = 8_000_000
_ROBOTS = {"dingtalk_old": "130101", "wecom": "45009", "feishu": "11232"}


@dataclass(frozen=True, slots=True)
class Done:
    """What the wire is to do: answer (None: nothing), after a wait, as a whole or in part, or by a reset."""

    answer: Answer | None
    wait_s: float = 0
    part: float = 1
    drip_s: float = 0  # between two bytes
    reset: bool = False


def handle(world: World, request: Request) -> Done:
    request = dataclasses.replace(request, path=request.path.removeprefix(MOVED))
    kind = world.faults.meet(request.service, request.path, world.now())
    done = _failing(world, request, kind)
    answer = None if done.reset or done.part < 1 else done.answer
    world.received.append(
        Received(
            len(world.received) + 1, world.now(), request.service, request.method, request.path, request.query,
            request.headers, request.text, answer.status if answer else 0,
            answer.body[:100_000].decode("utf-8", "replace") if answer else "", kind,
        )
    )  # fmt: skip
    return done


def _failing(world: World, request: Request, kind: str) -> Done:
    name, _, value = kind.partition(":")
    robot = any(part in request.path for part in ("/robot/send", "/webhook/send", "/hook/"))
    match name:
        case "":
            return Done(_answered(world, request))
        case "html":
            return Done(Answer(200, "<html><body>访问过于频繁，请稍候</body></html>".encode(), "text/html"))
        case "nonsense":
            return Done(Answer(200, b"ok", "text/plain"))
        case "empty":
            return Done(Answer(200, b""))
        case "list":
            return Done(said([{"errcode": 0}]))
        case "object":
            return Done(said({}))
        case "huge":
            return Done(Answer(200, b'{"errcode": 0, "code": 0, "errmsg": "' + b"x" * HUGE_BYTES + b'"}'))
        case "blocked":
            return Done(said({"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "5a1b"}))
        case "status":
            return Done(Answer(int(value), b"<html>no</html>", "text/html", {"Retry-After": "7"}))
        case "offline":
            return Done(Answer((500, 502, 503)[len(world.received) % 3], b"<html>down</html>", "text/html"))
        case "code":
            return Done(_coded(world, request, value, robot))
        case "throttle":
            code = _ROBOTS[request.service] if robot else THROTTLED[request.service]
            return Done(refuse(request.service, code, robot=robot))
        case "redirect":
            return Done(Answer(307, b"", headers={"Location": value or ELSEWHERE}))
        case "echo":
            return Done(_echo(request, value, robot))
        case "redirect_here":
            return Done(Answer(307, b"", headers={"Location": _same(request, MOVED)}))
        case "redirect_loop":
            return Done(Answer(308, b"", headers={"Location": _same(request)}))
        case "reset_before":
            return Done(None, reset=True)
        case "reset_after":
            return Done(_answered(world, request), reset=True)
        case "truncated":
            return Done(_answered(world, request), part=0.5, reset=True)
        case "silent":
            _answered(world, request)
            return Done(None)
        case "slow":
            return Done(_answered(world, request), wait_s=float(value))
        case "drip":
            return Done(_answered(world, request), drip_s=float(value))
        case "expire":
            world.revoke("dingtalk" if request.service == "dingtalk_old" else request.service)
            return Done(_answered(world, request))
        case "drop":
            return Done(_answered(world, request, dropping=True))
        case _:  # partial
            return Done(_answered(world, request, refused=frozenset(value.split("|"))))


def _same(request: Request, before: str = "") -> str:
    query = urlencode(request.query)
    return f"{before}{request.path}?{query}" if query else before + request.path


def _coded(world: World, request: Request, value: str, robot: bool) -> Answer:
    """`CODE`, or `CODE/400` for another status, or `CODE/ip` for the one of several whose text has these words."""
    code, _, more = value.partition("/")
    if any(one.door == "number" and one.code == code for one in ERRORS):
        return _numbers(request, code)
    status = int(more) if more.isdigit() and len(more) == 3 else None
    return refuse(request.service, code, robot=robot, text="" if status else more, status=status)


def _numbers(request: Request, code: str) -> Answer:
    """Tencent: the request is fine, every number in it is refused."""
    rows = [
        {"SerialNo": "", "PhoneNumber": one, "Fee": 0, "Code": code, "Message": "refused", "IsoCode": "CN"}
        for one in (request.json() or {}).get("PhoneNumberSet", ())
    ]
    return said({"Response": {"SendStatusSet": rows, "RequestId": "req"}})


def _answered(
    world: World, request: Request, *, dropping: bool = False, refused: frozenset[str] = frozenset()
) -> Answer:
    world.dropping, world.refused = dropping, refused
    try:
        return SERVICES[request.service](world, request)
    finally:
        world.dropping, world.refused = False, frozenset()


def _echo(request: Request, value: str, robot: bool) -> Answer:
    """What proxies and careless hosts do: everything that was sent, secrets among it, stands in the answer."""
    told = json.dumps(
        {"url": _same(request), "query": request.query, "headers": request.headers, "body": request.text},
        ensure_ascii=False,
    )
    if value != "json":
        return Answer(int(value), f"<pre>{told}</pre>".encode(), "text/html")
    code = "88.40000" if request.service == "dingtalk_old" and not robot else UNHEARD_OF
    plain = spoken(Refusal(request.service, "", code.partition(".")[0], told, "permanent", sub=code.partition(".")[2]))
    return dataclasses.replace(plain, status=200)
