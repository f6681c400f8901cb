import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

type Event = { type: string; timestamp: string; data: { id: string | null; version: number | null; changed: string[]; batch: object | null } };

const webhook = new Webhook(process.env["WEBHOOK_SECRET"]!);
const maxSeen = 10_000;
const seen = new Set<string>(); // the oldest first

const server = createServer(async (request, response) => {
  // Verify the text that arrived. JSON that is parsed and written again has other bytes.
  const body = await text(request);
  const headers = request.headers as Record<string, string>;
  let event: Event;
  try {
    event = webhook.verify(body, headers) as Event;
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    response.writeHead(401).end();
    return;
  }

  // An event can arrive more than once, each time with this id. Keep the ids in a database, with what the event changes: an id that is kept
  // before the event is handled would lose the event if that fails.
  const id = headers["webhook-id"]!;
  if (!seen.has(id)) {
    console.log(`received ${event.type} ${event.data.id} ${event.data.version}`);
    seen.add(id);
    if (seen.size > maxSeen) seen.delete(seen.values().next().value!);
  }
  response.writeHead(204).end();
});

server.listen(Number(process.env["PORT"] ?? "8000"), "127.0.0.1");
