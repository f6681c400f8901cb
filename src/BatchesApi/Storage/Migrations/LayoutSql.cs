#nullable enable

namespace BatchesApi.Storage.Migrations;

/// <summary>The SQL that replaces the tables of version 0.1.0. Like a migration it never changes.</summary>
internal static class LayoutSql
{
    /// <summary>The tables without their indexes, which are created when the tables are filled. Statements are planned once for all
    /// accounts: by the average account, which may have two batches, no index would seem useful, hence <c>n_distinct</c>. In
    /// <c>batch_search</c>, the account alone never finds rows. A free tenth of each page lets most updates stay on their page, which makes
    /// their log records small. So does that no column after the long texts changes often: PostgreSQL logs an update up to the last byte that
    /// differs.</summary>
    public const string CreateTables =
        """
        CREATE TABLE new_batches (
            account_id integer NOT NULL,
            id text COLLATE "C" NOT NULL,
            batch_code text COLLATE "und-x-icu" NOT NULL,
            batch_type text COLLATE "und-x-icu" NOT NULL,
            manager text COLLATE "und-x-icu",
            assignee text COLLATE "und-x-icu",
            due_date timestamp with time zone,
            repeated boolean NOT NULL,
            summary text COLLATE "und-x-icu",
            notes text COLLATE "und-x-icu",
            lead_ids text[] NOT NULL,
            opportunity_ids text[] NOT NULL,
            rating smallint,
            created_at timestamp with time zone NOT NULL,
            updated_at timestamp with time zone NOT NULL,
            deleted_at timestamp with time zone,
            version integer NOT NULL,
            position bigint NOT NULL DEFAULT 0,
            is_deleted boolean NOT NULL GENERATED ALWAYS AS (deleted_at IS NOT NULL) STORED,
            search_short text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
                coalesce(search_normalize(batch_code), '') || U&'\00A0' || coalesce(search_normalize(batch_type), '')
                || U&'\00A0' || coalesce(search_normalize(manager), '') || U&'\00A0' || coalesce(search_normalize(assignee), '')) STORED,
            search_long text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
                coalesce(search_normalize(summary), '') || U&'\00A0' || coalesce(search_normalize(notes), '')) STORED,
            CONSTRAINT pk_new_batches PRIMARY KEY (account_id, id),
            CONSTRAINT fk_batches_accounts_account_id FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE RESTRICT
        ) WITH (fillfactor = 90);
        ALTER TABLE new_batches ALTER COLUMN account_id SET (n_distinct = 10);
        CREATE TABLE batch_search (
            account_id integer NOT NULL,
            batch_id text COLLATE "C" NOT NULL,
            part smallint NOT NULL,
            text text COLLATE "C" NOT NULL,
            lead_ids text[],
            opportunity_ids text[],
            CONSTRAINT pk_batch_search PRIMARY KEY (account_id, batch_id, part)
        );
        ALTER TABLE batch_search ALTER COLUMN account_id SET (n_distinct = 1);
        CREATE TABLE new_idempotency_keys (
            account_id integer NOT NULL,
            credential_id text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            request_hash bytea NOT NULL,
            created_at timestamp with time zone NOT NULL,
            status smallint,
            location text,
            entity_tag text,
            body bytea,
            CONSTRAINT pk_new_idempotency_keys PRIMARY KEY (account_id, credential_id, key)
        );
        CREATE INDEX new_ix_idempotency_keys_created_at ON new_idempotency_keys (created_at);
        """;

    /// <summary>The indexes on the new tables; those whose names the old tables have begin with <c>new_</c>.</summary>
    public static readonly string[] CreateIndexes =
    [
        "CREATE UNIQUE INDEX IF NOT EXISTS new_ux_batches_account_id_batch_code ON new_batches (account_id, batch_code) WHERE NOT is_deleted",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_deleted_batch_code ON new_batches (account_id, batch_code, id) WHERE is_deleted",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_deleted_at ON new_batches (account_id, deleted_at, id) WHERE is_deleted",
        "CREATE INDEX IF NOT EXISTS ix_batches_deleted_id ON new_batches (account_id, id) WHERE is_deleted",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_repeated ON new_batches (account_id, is_deleted, id) WHERE repeated",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_batch_type ON new_batches (account_id, is_deleted, batch_type, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_manager ON new_batches (account_id, is_deleted, manager, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_assignee ON new_batches (account_id, is_deleted, assignee, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_due_date ON new_batches (account_id, is_deleted, due_date, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_rating ON new_batches (account_id, is_deleted, rating, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_created_at ON new_batches (account_id, is_deleted, created_at, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_updated_at ON new_batches (account_id, is_deleted, updated_at, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_assignee_created_at ON new_batches (account_id, is_deleted, assignee, created_at, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_manager_created_at ON new_batches (account_id, is_deleted, manager, created_at, id)",
        "CREATE INDEX IF NOT EXISTS new_ix_batches_batch_type_rating ON new_batches (account_id, is_deleted, batch_type, rating, id)",
        "CREATE INDEX IF NOT EXISTS ix_batch_search_text ON batch_search USING gin (text gin_trgm_ops)",
        "CREATE INDEX IF NOT EXISTS ix_batch_search_lead_ids ON batch_search USING gin (lead_ids) WHERE part = 2",
        "CREATE INDEX IF NOT EXISTS ix_batch_search_opportunity_ids ON batch_search USING gin (opportunity_ids) WHERE part = 2",
    ];

    /// <summary>Rejects writes to the old tables as a read-only database does, which clients retry.</summary>
    public const string Freeze =
        """
        CREATE FUNCTION reject_write() RETURNS trigger LANGUAGE plpgsql AS $function$
        BEGIN
            RAISE EXCEPTION 'The database is being migrated to a newer version.' USING ERRCODE = 'read_only_sql_transaction';
        END
        $function$;
        CREATE TRIGGER reject_write BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON batches EXECUTE FUNCTION reject_write();
        CREATE TRIGGER reject_write BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON batch_changes EXECUTE FUNCTION reject_write();
        CREATE TRIGGER reject_write BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON idempotency_keys EXECUTE FUNCTION reject_write();
        """;

    /// <summary>Moves the next batches. Returns how many.</summary>
    public const string MoveBatches =
        """
        WITH last AS (SELECT account_id, id FROM new_batches ORDER BY account_id DESC, id DESC LIMIT 1),
        moved AS (
            INSERT INTO new_batches (
                account_id, id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids,
                rating, created_at, updated_at, deleted_at, version)
            SELECT
                account_id, id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids,
                rating, created_at, updated_at, deleted_at, version
            FROM batches
            WHERE (account_id, id) > (coalesce((SELECT account_id FROM last), 0), coalesce((SELECT id FROM last), ''))
            ORDER BY account_id, id LIMIT 10000
            RETURNING account_id, id, search_short, search_long, lead_ids, opportunity_ids),
        searched AS (
            INSERT INTO batch_search (account_id, batch_id, part, text, lead_ids, opportunity_ids)
            SELECT account_id, id, 1, search_short, NULL, NULL FROM moved
            UNION ALL SELECT account_id, id, 2, search_long, lead_ids, opportunity_ids FROM moved)
        SELECT count(*) FROM moved
        """;

    /// <summary>Moves the next changes. They belong to no transaction that a reader could wait for, so their <c>xid</c> is 0. Returns how
    /// many.</summary>
    public const string MoveChanges =
        """
        WITH last AS (
            SELECT account_id, batch_id, version FROM new_batch_changes ORDER BY account_id DESC, batch_id DESC, version DESC LIMIT 1),
        moved AS (
            INSERT INTO new_batch_changes (
                account_id, batch_id, version, at, xid, action, actor_kind, actor_id, actor_name, changes)
            SELECT account_id, batch_id, version, at, '0', action, actor_kind, actor_id, actor_name, changes
            FROM batch_changes
            WHERE (account_id, batch_id, version) > (
                coalesce((SELECT account_id FROM last), 0), coalesce((SELECT batch_id FROM last), ''),
                coalesce((SELECT version FROM last), 0))
            ORDER BY account_id, batch_id, version LIMIT 10000
            RETURNING 1)
        SELECT count(*) FROM moved
        """;

    public const string MoveKeys =
        """
        INSERT INTO new_idempotency_keys (
            account_id, credential_id, key, request_hash, created_at, status, location, entity_tag, body)
        SELECT k.account_id, i.credential_id, i.key, i.request_hash, i.created_at, i.status, i.location, i.entity_tag, i.body
        FROM idempotency_keys AS i JOIN api_keys AS k ON k.id = i.credential_id
        """;

    /// <summary>Fails unless everything was moved. Nothing can have been written since.</summary>
    public const string RequireMoved =
        """
        DO $require$
        BEGIN
            IF (SELECT count(*) FROM batches) <> (SELECT count(*) FROM new_batches)
                OR (SELECT count(*) FROM batch_changes) <> (SELECT count(*) FROM new_batch_changes)
                OR (SELECT 2 * count(*) FROM new_batches) <> (SELECT count(*) FROM batch_search)
            THEN
                RAISE EXCEPTION 'Not everything was moved to the new layout. Start the server or run migrate again.';
            END IF;
        END
        $require$
        """;

    /// <summary>Grants the privileges on each old table on the tables that replace it.</summary>
    public const string CopyPrivileges =
        """
        DO $grant$
        DECLARE granted record;
        BEGIN
            FOR granted IN
                SELECT n.new_name, a.privilege_type,
                    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
                FROM (VALUES
                    ('batches', 'new_batches'), ('batches', 'batch_search'), ('batch_changes', 'new_batch_changes'),
                    ('idempotency_keys', 'new_idempotency_keys')) AS n (old_name, new_name)
                JOIN pg_class AS c ON c.oid = n.old_name::regclass, aclexplode(c.relacl) AS a
                WHERE a.grantee <> c.relowner
            LOOP
                EXECUTE format('GRANT %s ON %I TO %s', granted.privilege_type, granted.new_name, granted.grantee);
            END LOOP;
        END
        $grant$
        """;

    public const string Switch =
        """
        DROP TABLE batches, batch_changes, idempotency_keys;
        DROP FUNCTION reject_write, search_pattern, search_fold;
        ALTER TABLE new_batches RENAME TO batches;
        ALTER TABLE batches RENAME CONSTRAINT pk_new_batches TO pk_batches;
        ALTER TABLE new_batch_changes RENAME TO batch_changes;
        ALTER TABLE batch_changes RENAME CONSTRAINT pk_new_batch_changes TO pk_batch_changes;
        ALTER TABLE new_idempotency_keys RENAME TO idempotency_keys;
        ALTER TABLE idempotency_keys RENAME CONSTRAINT pk_new_idempotency_keys TO pk_idempotency_keys;
        DO $rename$
        DECLARE name text;
        BEGIN
            FOR name IN
                SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                WHERE i.indrelid IN ('batches'::regclass, 'idempotency_keys'::regclass) AND c.relname LIKE 'new\_%'
            LOOP
                EXECUTE format('ALTER INDEX %I RENAME TO %I', name, substr(name, 5));
            END LOOP;
        END
        $rename$;
        """;

    public const string DropTables =
        """
        DROP FUNCTION reject_write CASCADE;
        DROP TABLE new_batches, batch_search, new_batch_changes, new_idempotency_keys;
        DROP FUNCTION search_like_pattern, search_substring, search_normalize;
        """;
}
