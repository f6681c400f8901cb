"""Keeps a copy of all batches in a SQLite database, as long as it runs. It may be stopped at any moment and started again."""

import json
import os
import sqlite3

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

URL = os.environ["BATCHES_URL"].rstrip("/")
CHANGES = URL + "/api/v2/batches/changes"

session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["BATCHES_KEY"]
session.mount(URL, HTTPAdapter(max_retries=Retry(
    total=None, connect=10, read=10, status=10, backoff_factor=0.5, status_forcelist=[429, 503], raise_on_status=False)))


def open_copy(path):
    copy = sqlite3.connect(path)
    copy.execute("CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, version INTEGER, batch TEXT)")
    copy.execute("CREATE TABLE IF NOT EXISTS position (only_row INTEGER PRIMARY KEY, cursor TEXT)")
    copy.commit()
    return copy


def save_position(copy, cursor):
    copy.execute("INSERT INTO position VALUES (1, ?) ON CONFLICT (only_row) DO UPDATE SET cursor = excluded.cursor", [cursor])


def apply(copy, entry):
    if entry.get("batch"):
        copy.execute(
            "INSERT INTO batches VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version, batch = excluded.batch",
            [entry["id"], entry["batch"]["version"], json.dumps(entry["batch"])])
    else:
        copy.execute("DELETE FROM batches WHERE id = ?", [entry["id"]])


def follow(copy):
    (cursor,) = copy.execute("SELECT cursor FROM position").fetchone() or ("start",)
    while True:
        response = session.get(CHANGES, params={"since": cursor, "limit": 1000, "wait": 30}, timeout=90)
        with copy:  # The entries and the position are committed together.
            if response.status_code == 410:  # cursor_expired: the copy is older than the history that the server keeps.
                copy.execute("DELETE FROM batches")
                cursor = "start"
            else:
                response.raise_for_status()
                page = response.json()
                for entry in page["data"]:
                    apply(copy, entry)
                cursor = page["nextCursor"]
            save_position(copy, cursor)


if __name__ == "__main__":
    follow(open_copy(os.environ.get("BATCHES_COPY", "batches.db")))
