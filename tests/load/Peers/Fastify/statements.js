// The statements, each prepared under its name.
const columns =
  'id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, ' +
  'created_at, updated_at, version';
const active = 'account_id = $1 AND NOT is_deleted';
const activeBatches = `SELECT ${columns} FROM batches WHERE ${active}`;
const update = (column) => `
  UPDATE batches SET ${column} = $3, updated_at = now(), version = version + 1
  WHERE ${active} AND id = $2 RETURNING ${columns}`;

export const statements = {
  find: `${activeBatches} AND id = $2`,
  newest: `${activeBatches} ORDER BY created_at DESC, id DESC LIMIT 20`,
  count: `SELECT count(*) FROM batches WHERE ${active}`,

  // The index is read backwards and has the unrated batches first, so they are read separately.
  bestOfType: `${activeBatches} AND batch_type = $2 AND rating IS NOT NULL ORDER BY rating DESC, id DESC LIMIT 20 OFFSET $3`,
  countRated: `SELECT count(*) FROM batches WHERE ${active} AND batch_type = $2 AND rating IS NOT NULL`,
  unratedOfType: `${activeBatches} AND batch_type = $2 AND rating IS NULL ORDER BY id DESC LIMIT $3 OFFSET $4`,

  search: `${activeBatches} AND search_text LIKE $2 ORDER BY created_at DESC, id DESC LIMIT 20`,
  changeDueDate: update('due_date'),
  changeAssignee: update('assignee'),
  create: `
    INSERT INTO batches (account_id, id, batch_code, batch_type, manager, assignee, summary, notes,
    lead_ids, opportunity_ids, rating, created_at, updated_at, version, repeated)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', $10, now(), now(), 1, FALSE) RETURNING ${columns}`,
};

// A space of the text is two in the searched text.
export const searchPattern = (text) => `%${text.toLowerCase().replaceAll(' ', '  ')}%`;
