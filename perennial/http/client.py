"""The built client: files as they are, the page itself for every other address, so that an address is state."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

BUILT = Path(__file__).parent.parent / "web"
_MISSING = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Perennial 常青</title>
<body style="font: 15px/1.7 system-ui; max-width: 36em; margin: 15vh auto; padding: 0 1em">
<h1 style="font-size: 20px">界面还没有构建 · The client is not built</h1>
<p>在源代码目录运行 <code>make web</code>，然后刷新本页。</p>
<p>Run <code>make web</code> in the source folder, then reload.</p>
<p><a href="/api/openapi.json">/api/openapi.json</a></p>
"""


def install(app: FastAPI, built: Path = BUILT) -> None:
    """Serve `built`; whatever is no file of it and not below /api is the client's page."""
    root = built.resolve()

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def client(path: str) -> Response:
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404)
        file = (root / path).resolve()
        if path and file.is_relative_to(root) and file.is_file():
            # the build puts a digest into the names of what lies in assets
            lasting = path.startswith("assets/")
            return FileResponse(
                file, headers={"Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache"}
            )
        if path.startswith("assets/"):
            raise HTTPException(404)
        page = root / "index.html"
        if not page.is_file():
            return HTMLResponse(_MISSING)
        return FileResponse(page, headers={"Cache-Control": "no-cache"})

    _ = client
