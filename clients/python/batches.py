"""Creates, lists, changes, deletes and restores batches, with retries. Run it with BATCHES_URL and BATCHES_KEY set."""

import os
import uuid

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

URL = os.environ["BATCHES_URL"].rstrip("/")
BATCHES = URL + "/api/v2/batches"

session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["BATCHES_KEY"]

# Waits as long as Retry-After asks. Without that header, and after a connection error, it waits 0, 1, 2, 4, … seconds.
retries = Retry(total=6, backoff_factor=0.5, status_forcelist=[429, 503], allowed_methods=None, raise_on_status=False)
session.mount(URL, HTTPAdapter(max_retries=retries))


class BatchesError(Exception):
    """An error response of the server. `code` identifies the error, and `errors` lists messages by field."""

    def __init__(self, problem):
        super().__init__(problem["detail"])
        self.status = problem["status"]
        self.code = problem["code"]
        self.errors = problem.get("errors", {})


def send(method, url, **arguments):
    response = session.request(method, url, timeout=30, **arguments)
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        raise BatchesError(response.json())
    response.raise_for_status()
    return response


def list_all(**query):
    query |= {"limit": 1000, "count": "none"}
    while True:
        page = send("GET", BATCHES, params=query).json()
        yield from page["data"]
        if page["nextCursor"] is None:
            return
        query["cursor"] = page["nextCursor"]


def create(batch):
    # All retries send this key, so the server creates one batch, even if a response was lost.
    return send("POST", BATCHES, json=batch, headers={"Idempotency-Key": str(uuid.uuid4())}).json()


def change(batch_id, decide):
    """Changes a batch. `decide` gets the current batch and returns the fields to set; None clears a field."""
    url = f"{BATCHES}/{batch_id}"
    while True:
        batch = send("GET", url).json()
        try:
            return send("PATCH", url, json=decide(batch), headers={"If-Match": f'"{batch["version"]}"'}).json()
        except BatchesError as error:
            # Another client changed the batch since it was read: read it again, and decide on what it is now.
            if error.code != "version_differs":
                raise


def delete(batch_id):
    send("DELETE", f"{BATCHES}/deleted/{batch_id}")


def restore(batch_id):
    return send("POST", f"{BATCHES}/deleted/{batch_id}/restore", headers={"Idempotency-Key": str(uuid.uuid4())}).json()


def main():
    created = create({"batchCode": f"python-{uuid.uuid4()}", "batchType": "renewal", "summary": "First quarter"})
    print("created", created["id"])

    print("listed", sum(1 for batch in list_all(sortBy="id", order="asc")))

    changed = change(created["id"], lambda batch: {"assignee": "amy", "summary": None})
    print("changed", changed["id"], "to version", changed["version"])

    delete(created["id"])
    print("deleted", created["id"])

    print("restored", restore(created["id"])["id"])

    try:
        create({"batchCode": "", "batchType": "renewal", "rating": 9})
    except BatchesError as error:
        if error.code == "invalid_body":
            for field, messages in error.errors.items():
                print("invalid", f"{field}:", *messages)
        elif error.code == "batch_code_taken":
            print("choose another code")
        else:
            raise


if __name__ == "__main__":
    main()
