using BatchesApi.Access;
using Npgsql;

namespace BatchesApi.Cli;

/// <summary>What a verb on an account works with.</summary>
/// <param name="Keys">The account's keys.</param>
/// <param name="Users">The account's users.</param>
/// <param name="Source">The database.</param>
internal sealed record AccountSession(ApiKeyStore Keys, UserStore Users, NpgsqlDataSource Source);
