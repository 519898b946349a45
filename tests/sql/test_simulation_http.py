"""Simulations over HTTP: kinds to begin a script with, asking, reading, comparing."""

import pytest
from process_world import World, found
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people, simulation
from perennial.kernel import Database


@pytest.fixture
@built_once
def world(database: Database) -> World:
    world = found(database)
    with world.system() as tx:
        people.create(tx, "boss", "老板", password=PASSWORD, roles=["business_admin"])
    return world


def test_a_script_is_written_from_the_kinds_run_read_and_compared(world: World) -> None:
    world.contract("2026-11-22", number="HT-1")
    with logged_in(world.database, "boss") as client:
        kinds = {one["key"]: one for one in client.get("/api/simulations/kinds").json()}
        assert [one["label"] for one in kinds["expired"]["outcomes"]] == ["已续费", "已流失", "延期"]
        line = {"form": "contract", "key": "expired", "days": 0, "outcome": "lost"}
        wrong = client.post("/api/simulations", json={"until": "2026-11-25", "people": "script"})
        assert (wrong.status_code, wrong.json()["error"]["path"]) == (422, "script")
        asked = {"until": "2026-11-25", "people": "script", "script": [line]}
        run_id = client.post("/api/simulations", json=asked).json()["id"]
        early = client.get(f"/api/simulations/compare?first={run_id}&second={run_id}")
        assert early.status_code == 409 and "还没有结果" in early.json()["error"]["text"]
        simulation.run(world.database, run_id)
        told = client.get(f"/api/simulations/{run_id}").json()
        assert (told["people"], told["script"], told["stale"]["definitions"]) == ("script", [line], False)
        assert (told["figures"]["tasks"], told["figures"]["done"]) == (1, 1) and told["released"] == []
        assert [one["outcome_label"] for one in told["habits"]] == ["已流失"]
        same = client.get(f"/api/simulations/compare?first={run_id}&second={run_id}").json()
        assert same["records"] == [] and same["kinds"][0]["first"] == same["kinds"][0]["second"] == 1
        missing = client.get("/api/simulations/77")
        assert (missing.status_code, missing.json()["error"]["text"]) == (404, "找不到第 77 次模拟")
