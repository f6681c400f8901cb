#!/usr/bin/env bash
# Creates, lists, changes, deletes and restores batches with curl and jq, with retries. Run it with BATCHES_URL and BATCHES_KEY set.
set -euo pipefail

batches=${BATCHES_URL%/}/api/v2/batches
body=$(mktemp)
trap 'rm -f "$body"' EXIT

# Sends a request. The body of the response is then in the file $body, and its status in $status. Returns false if the status
# is not 2xx.
# curl repeats the request after 429, 503 and other temporary errors, as Retry-After asks, and after a connection error.
send() {
  : >"$body"
  status=$(curl --silent --show-error --retry 6 --retry-all-errors --max-time 30 --output "$body" \
    --write-out '%{http_code}' --header "Authorization: Bearer $BATCHES_KEY" --header 'Content-Type: application/json' "$@")
  [[ $status == 2* ]]
}

# Shows why the last request failed, and ends the program. A response without detail, such as that of a proxy, is shown whole.
fail() {
  {
    echo "Status $status:"
    jq --raw-output '.detail // .' "$body" 2>/dev/null || cat "$body"
  } >&2
  exit 1
}

# Prints each batch as a line of JSON.
list_all() {
  local cursor=
  while :; do
    send --get "$batches" --data limit=1000 --data count=none --data-urlencode "cursor=$cursor" || fail
    jq --compact-output '.data[]' "$body"
    cursor=$(jq --raw-output '.nextCursor // empty' "$body")
    [ -n "$cursor" ] || return 0
  done
}

# All retries send the same key, so the server creates one batch, even if a response was lost.
create() {
  send --request POST "$batches" --header "Idempotency-Key: $(openssl rand -hex 16)" --data "$1"
}

# Reads a batch, and changes it if it still has the version that was read.
change() {
  while :; do
    send "$batches/$1" || fail
    send --request PATCH "$batches/$1" --header "If-Match: \"$(jq .version "$body")\"" --data "$2" && return
    # If another client changed the batch since it was read, read it again.
    [ "$(jq --raw-output .code "$body")" = version_differs ] || fail
  done
}

create "{\"batchCode\": \"curl-$(openssl rand -hex 8)\", \"batchType\": \"renewal\", \"summary\": \"First quarter\"}" || fail
id=$(jq --raw-output .id "$body")
echo "created $id"

count=$(list_all | wc -l)
echo "listed $count"

# A null clears a field. A field that is not named stays as it is.
change "$id" '{"assignee": "amy", "summary": null}'
echo "changed $id to version $(jq .version "$body")"

send --request DELETE "$batches/deleted/$id" || fail
echo "deleted $id"

send --request POST "$batches/deleted/$id/restore" --header "Idempotency-Key: $(openssl rand -hex 16)" || fail
echo "restored $id"

if ! create '{"batchCode": "", "batchType": "renewal", "rating": 9}'; then
  case $(jq --raw-output .code "$body") in
    invalid_body) jq --raw-output '.errors | to_entries[] | "invalid \(.key): \(.value | join(" "))"' "$body" ;;
    batch_code_taken) echo "choose another code" ;;
    *) fail ;;
  esac
fi
