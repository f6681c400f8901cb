#nullable enable

namespace BatchesApi.Storage.Migrations;

/// <summary>The SQL with which migrations grant privileges on new tables. Like a migration it never changes.</summary>
internal static class TablePrivileges
{
    /// <summary>Grants the privileges on a table on other tables, if the server does not own them.</summary>
    /// <param name="from">The table that has the privileges.</param>
    /// <param name="to">The new tables.</param>
    public static string Copy(string from, params string[] to) =>
        $"""
        DO $grant$
        DECLARE granted record;
        BEGIN
            FOR granted IN
                SELECT t.name, a.privilege_type,
                    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
                FROM pg_class AS c, aclexplode(c.relacl) AS a, unnest(ARRAY['{string.Join("','", to)}']) AS t (name)
                WHERE c.oid = '{from}'::regclass AND a.grantee <> c.relowner
            LOOP
                EXECUTE format('GRANT %s ON %I TO %s', granted.privilege_type, granted.name, granted.grantee);
            END LOOP;
        END
        $grant$
        """;
}
