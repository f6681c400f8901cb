// Creates, lists, changes, deletes and restores batches, with retries. Run it with BATCHES_URL and BATCHES_KEY set.

import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Batch = components["schemas"]["Batch"];
type NewBatch = components["schemas"]["NewBatch"];
type BatchChanges = components["schemas"]["BatchChanges"];
type Problem = components["schemas"]["Problem"];

const { BATCHES_URL, BATCHES_KEY } = process.env;
if (!BATCHES_URL || !BATCHES_KEY) throw new Error("Set BATCHES_URL and BATCHES_KEY.");

/** Waits as long as Retry-After asks. Without that header, and after a connection error, it waits 0.5, 1, 2, 4, … seconds. */
async function fetchWithRetries(request: Request): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt === 6;
    let seconds = 0.5 * 2 ** attempt;
    try {
      // A request can be sent once, so each attempt sends a copy.
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(30_000)]);
      const response = await fetch(request.clone(), { signal });
      if (isLast || (response.status !== 429 && response.status !== 503)) return response;
      seconds = Number(response.headers.get("Retry-After")) || seconds;
    } catch (error) {
      if (isLast || request.signal.aborted) throw error;
    }
    await sleep(1000 * seconds, undefined, { signal: request.signal });
  }
}

const client = createClient<paths>({
  baseUrl: BATCHES_URL,
  headers: { Authorization: `Bearer ${BATCHES_KEY}` },
  fetch: fetchWithRetries,
});

/** An error response. */
class BatchesError extends Error {
  /** Identifies the error by its `code`, and lists messages by field. Undefined if a proxy responded instead of the server. */
  readonly problem: Problem | undefined;

  readonly status: number;

  constructor({ status, headers }: Response, body: unknown) {
    const problem = headers.get("Content-Type")?.startsWith("application/problem+json") ? (body as Problem) : undefined;
    super(problem?.detail ?? `Status ${status}: ${typeof body === "string" ? body : JSON.stringify(body ?? null)}`);
    this.problem = problem;
    this.status = status;
  }
}

/** Returns the body of a response, which is undefined after 204. Throws an error response. */
function unwrap<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (!response.ok) throw new BatchesError(response, error);
  return data as T;
}

async function* listAll(): AsyncGenerator<Batch> {
  let cursor: string | null = null;
  do {
    const query = { limit: 1000, count: "none" as const, ...(cursor !== null && { cursor }) };
    const page: components["schemas"]["BatchPage"] = unwrap(await client.GET("/api/v2/batches", { params: { query } }));
    yield* page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function create(batch: NewBatch): Promise<Batch> {
  // All retries send this key, so the server creates one batch, even if a response was lost.
  const header = { "Idempotency-Key": crypto.randomUUID() };
  return unwrap(await client.POST("/api/v2/batches", { params: { header }, body: batch }));
}

/** Changes a batch. `decide` gets the current batch and returns the fields to set; null clears a field. */
async function change(id: string, decide: (batch: Batch) => BatchChanges): Promise<Batch> {
  for (;;) {
    const batch = unwrap(await client.GET("/api/v2/batches/{id}", { params: { path: { id } } }));
    const result = await client.PATCH("/api/v2/batches/{id}", {
      params: { path: { id }, header: { "If-Match": `"${batch.version}"` } },
      body: decide(batch),
    });
    // If another client changed the batch since it was read, read it again, and decide on what it is now.
    if (result.error?.code !== "version_differs") return unwrap(result);
  }
}

async function remove(id: string): Promise<void> {
  unwrap(await client.DELETE("/api/v2/batches/deleted/{id}", { params: { path: { id } } }));
}

async function restore(id: string): Promise<Batch> {
  const header = { "Idempotency-Key": crypto.randomUUID() };
  return unwrap(await client.POST("/api/v2/batches/deleted/{id}/restore", { params: { path: { id }, header } }));
}

const created = await create({ batchCode: `typescript-${crypto.randomUUID()}`, batchType: "renewal", summary: "First quarter" });
console.log("created", created.id);

let count = 0;
for await (const _ of listAll()) count++;
console.log("listed", count);

const changed = await change(created.id, () => ({ assignee: "amy", summary: null }));
console.log("changed", changed.id, "to version", changed.version);

await remove(created.id);
console.log("deleted", created.id);

console.log("restored", (await restore(created.id)).id);

try {
  await create({ batchCode: "", batchType: "renewal", rating: 9 });
} catch (error) {
  if (!(error instanceof BatchesError)) throw error;
  switch (error.problem?.code) {
    case "invalid_body":
      for (const [field, messages] of Object.entries(error.problem.errors ?? {})) console.log("invalid", `${field}:`, ...messages);
      break;
    case "batch_code_taken":
      console.log("choose another code");
      break;
    default:
      throw error;
  }
}
