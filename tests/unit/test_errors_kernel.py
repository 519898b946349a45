"""What the kernel and `serve` refuse before there is a database, in their own words."""

import os
import socket
from pathlib import Path

import pytest
from error_codes import refused
from psycopg import errors as pg

from perennial.cli import serve
from perennial.kernel import archive
from perennial.kernel.postgres import binaries, cluster, processes
from perennial.kernel.postgres.account import Account, account


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_server_older_than_16_is_refused_with_both_versions(tmp_path: Path) -> None:
    program(tmp_path, "postgres", "echo 'postgres (PostgreSQL) 15.3'")
    with refused("kernel.postgres_too_old", "PostgreSQL 15 太旧，需要 16 或更新的版本"):
        binaries.major_version(tmp_path)


def test_a_data_folder_of_another_account_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    sentence = f"{tmp_path} 属于另一个系统用户。请用那个用户启动，或用 PERENNIAL_HOME 指定另一个位置"
    with refused("kernel.data_of_other_user", sentence):
        account(tmp_path)


def made(tmp_path: Path) -> cluster.Cluster:
    return cluster.Cluster(tmp_path / "postgres", tmp_path / "bin", Account(os.geteuid(), os.getegid(), switch=False))


def test_what_initdb_said_is_passed_on(tmp_path: Path) -> None:
    program(tmp_path / "bin", "postgres", "echo 'postgres (PostgreSQL) 18.1'")
    program(tmp_path / "bin", "initdb", "echo 'initdb: error: disk full' >&2; exit 1")
    (tmp_path / "postgres").mkdir()
    with refused("kernel.initdb_failed", "无法创建数据库文件夹：initdb: error: disk full"):
        cluster.make(made(tmp_path), lambda _line: None)
    assert list((tmp_path / "postgres").iterdir()) == []


def test_processes_of_a_crashed_server_that_do_not_end_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "postgres_of", lambda _data: [4711, 4712])
    monkeypatch.setattr(processes, "wait_until_gone", lambda pids, *_: pids)
    monkeypatch.setattr(processes, "end", lambda pids, *_: pids)
    there = made(tmp_path)
    sentence = f"上次崩溃留下的数据库进程（4711, 4712）还在使用 {there.data}，无法结束它们。请先手动结束，再启动"
    with refused("kernel.postgres_orphans", sentence):
        cluster._clear_remains(there, lambda _line: None)


def test_the_demo_is_not_opened_to_the_network() -> None:
    sentence = "演示公司可以一键登录，只能在本机打开，不能监听 0.0.0.0。去掉 --demo，或去掉 --host"
    with refused("kernel.demo_host", sentence, path="host"):
        serve.serve(host="0.0.0.0", port=8123, demo=True)


def test_a_port_that_somebody_has_is_named_with_the_reason() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = f"打不开 127.0.0.1:{port}（Address already in use）。用 --port 或 PERENNIAL_PORT 换一个端口"
        with refused("kernel.port_taken", sentence, path="port"), serve._bound("127.0.0.1", port):
            pass


def test_a_restore_needs_the_right_to_create_a_database(tmp_path: Path) -> None:
    class Poor:
        """A connection of a user without CREATEDB."""

        def execute(self, statement: object) -> None:
            if "CREATE DATABASE" in repr(statement):
                raise pg.InsufficientPrivilege

    sentence = "恢复需要新建数据库，而当前数据库用户没有 CREATEDB 权限。请让数据库管理员授权"
    with refused("kernel.restore_may_not_create", sentence):
        archive._fill(Poor(), "dbname=x", "x", tmp_path / "database.dump")  # pyright: ignore[reportArgumentType]
