using MysticMind.PostgresEmbed;

namespace BatchesApi.DevServer;

/// <summary>How to run a <see cref="PrivatePostgres"/>. The defaults are those of development.</summary>
internal sealed record PrivatePostgresOptions
{
    /// <summary>Whether commits must survive a crash of the machine. False is faster and meant for tests, whose data is thrown away.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>The folders to look for <c>initdb</c>, <c>postgres</c> and <c>pg_ctl</c> in, in order; null means the machine's usual ones.</summary>
    public IReadOnlyList<string>? BinaryFolders { get; init; }

    /// <summary>The Maven repository that binaries are downloaded from, without a slash at the end.</summary>
    public string DownloadSource { get; init; } = PgServerOptions.DefaultMavenRepo;
}
