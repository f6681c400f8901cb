// The statements, each prepared under its name.
const columns =
  'id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, ' +
  'created_at, updated_at, version';
const active = 'account_id = $1 AND NOT is_deleted';
const activeBatches = `SELECT ${columns} FROM batches WHERE ${active}`;
const update = (column) => `
  UPDATE batches SET ${column} = $3, updated_at = now(), version = version + 1
  WHERE ${active} AND id = $2 RETURNING`;

export const statements = {
  find: `${activeBatches} AND id = $2`,
  newest: `${activeBatches} ORDER BY created_at DESC, id DESC LIMIT 20`,
  count: `SELECT count(*) FROM batches WHERE ${active}`,

  // The index is read backwards and has the unrated batches first, so they are read separately.
  bestOfType: `${activeBatches} AND batch_type = $2 AND rating IS NOT NULL ORDER BY rating DESC, id DESC LIMIT 20 OFFSET $3`,
  countRated: `SELECT count(*) FROM batches WHERE ${active} AND batch_type = $2 AND rating IS NOT NULL`,
  unratedOfType: `${activeBatches} AND batch_type = $2 AND rating IS NULL ORDER BY id DESC LIMIT $3 OFFSET $4`,

  search: `${activeBatches} AND (search_short LIKE $2 OR search_long LIKE $2) ORDER BY created_at DESC, id DESC LIMIT 20`,
  searchRare: `
    ${activeBatches} AND id IN (SELECT batch_id FROM batch_search WHERE account_id = $1 AND text LIKE $2)
    ORDER BY created_at DESC, id DESC LIMIT 20`,
  changeDueDate: `${update('due_date')} ${columns}`,
  changeAssignee: `
    WITH changed AS (${update('assignee')} *),
    searched AS (
      UPDATE batch_search AS s SET text = c.search_short FROM changed AS c
      WHERE s.account_id = c.account_id AND s.batch_id = c.id AND s.part = 1)
    SELECT ${columns} FROM changed`,
  changeAndRecord: `
    WITH found AS (SELECT due_date FROM batches WHERE account_id = $1 AND NOT is_deleted AND id = $2 FOR UPDATE),
    changed AS (
      UPDATE batches AS b SET due_date = $3, updated_at = now(), version = b.version + 1 FROM found
      WHERE b.account_id = $1 AND NOT b.is_deleted AND b.id = $2 RETURNING b.*),
    recorded AS (
      INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
      SELECT c.account_id, c.id, c.version, c.updated_at, 'update', 'key', '', '',
      jsonb_build_object('dueDate', jsonb_build_array(f.due_date, c.due_date)) FROM changed AS c, found AS f)
    SELECT ${columns} FROM changed`,
  create: `
    WITH added AS (
      INSERT INTO batches (account_id, id, batch_code, batch_type, manager, assignee, summary, notes,
      lead_ids, opportunity_ids, rating, created_at, updated_at, version, repeated)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', $10, now(), now(), 1, FALSE) RETURNING *),
    searched AS (
      INSERT INTO batch_search (account_id, batch_id, part, text, lead_ids, opportunity_ids)
      SELECT account_id, id, 1, search_short, NULL, NULL FROM added
      UNION ALL SELECT account_id, id, 2, search_long, lead_ids, opportunity_ids FROM added)
    SELECT ${columns} FROM added`,
};

// A space of the text is two in the searched text.
export const searchPattern = (text) => `%${text.toLowerCase().replaceAll(' ', '  ')}%`;
