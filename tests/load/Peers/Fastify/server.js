// The operations of the benchmark as a hand-written server on Fastify and pg, with schemas for bodies and responses.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { searchPattern, statements } from './statements.js';

const pageLength = 20;
const account = Number(process.env.Account);
const pool = new pg.Pool({
  host: process.env.PGHOST,
  port: Number(process.env.PGPORT),
  user: process.env.PGUSER,
  password: process.env.PGPASSWORD,
  database: process.env.PGDATABASE,
  max: 16,
});

async function query(name, ...values) {
  const { rows } = await pool.query({ name, text: statements[name], values: [account, ...values] });
  return rows;
}

const text = { type: 'string' };
const optionalText = { type: ['string', 'null'] };
const time = { type: 'string', format: 'date-time' };
const optionalTime = { type: ['string', 'null'], format: 'date-time' };
const optionalInteger = { type: ['integer', 'null'] };
const ids = { type: 'array', items: text };
const batchSchema = {
  type: 'object',
  properties: {
    id: text, batchCode: text, batchType: text, manager: optionalText, assignee: optionalText, dueDate: optionalTime,
    repeated: { type: 'boolean' }, summary: optionalText, notes: optionalText, leadIds: ids, opportunityIds: ids,
    rating: optionalInteger, createdAt: time, updatedAt: time, version: { type: 'integer' },
  },
};
const pageSchema = {
  type: 'object',
  properties: { data: { type: 'array', items: batchSchema }, total: { type: 'integer' } },
};
const listSchema = {
  type: 'object',
  properties: { search: text, rare: { type: 'boolean' }, type: text, page: { type: 'integer', minimum: 1, default: 1 }, count: { type: 'boolean' } },
};
const createSchema = {
  type: 'object',
  required: ['batchCode', 'batchType'],
  properties: {
    batchCode: text, batchType: text, manager: optionalText, assignee: optionalText, summary: optionalText,
    notes: optionalText, leadIds: ids, rating: optionalInteger,
  },
};
const changeSchema = { type: 'object', properties: { dueDate: optionalTime, assignee: text } };

const toBatch = (row) => ({
  id: row.id, batchCode: row.batch_code, batchType: row.batch_type, manager: row.manager, assignee: row.assignee,
  dueDate: row.due_date, repeated: row.repeated, summary: row.summary, notes: row.notes, leadIds: row.lead_ids,
  opportunityIds: row.opportunity_ids, rating: row.rating, createdAt: row.created_at, updatedAt: row.updated_at,
  version: row.version,
});

async function bestOfType(type, page) {
  const offset = (page - 1) * pageLength;
  const rows = await query('bestOfType', type, offset);
  if (rows.length === pageLength) return rows;
  const [{ count }] = await query('countRated', type);
  return [...rows, ...await query('unratedOfType', type, pageLength - rows.length, Math.max(0, offset - Number(count)))];
}

const digest = (token) => createHash('sha256').update(token).digest();
const accepted = digest(process.env.Token);
const app = Fastify({ logger: false });
app.addHook('onRequest', (request, reply, done) => {
  const header = request.headers.authorization;
  if (header?.startsWith('Bearer ') && timingSafeEqual(digest(header.slice('Bearer '.length)), accepted)) return done();
  reply.code(401).send();
});

const path = '/api/v2/batches';
app.get(`${path}/:id`, { schema: { response: { 200: batchSchema } } }, async (request, reply) => {
  const [row] = await query('find', request.params.id);
  return row ? toBatch(row) : reply.code(404).send();
});
app.get(path, { schema: { querystring: listSchema, response: { 200: pageSchema } } }, async (request) => {
  const { search, rare, type, page, count } = request.query;
  const total = count ? Number((await query('count'))[0].count) : undefined;
  const rows = search ? await query(rare ? 'searchRare' : 'search', searchPattern(search))
    : type ? await bestOfType(type, page)
    : await query('newest');
  return { data: rows.map(toBatch), total };
});
app.patch(`${path}/:id`, { schema: { body: changeSchema, response: { 200: batchSchema } } }, async (request, reply) => {
  const { dueDate, assignee } = request.body;
  const [row] = assignee === undefined
    ? await query(request.query.history ? 'changeAndRecord' : 'changeDueDate', request.params.id, dueDate)
    : await query('changeAssignee', request.params.id, assignee);
  return row ? toBatch(row) : reply.code(404).send();
});
app.post(path, { schema: { body: createSchema, response: { 201: batchSchema } } }, async (request, reply) => {
  const batch = request.body;
  const [row] = await query(
    'create', randomBytes(12).toString('hex'), batch.batchCode, batch.batchType, batch.manager, batch.assignee,
    batch.summary, batch.notes, batch.leadIds ?? [], batch.rating);
  reply.code(201);
  return toBatch(row);
});
process.once('SIGTERM', () => process.exit(0));
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
