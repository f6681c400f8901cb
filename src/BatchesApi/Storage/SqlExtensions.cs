using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Commands of composed SQL.</summary>
internal static class SqlExtensions
{
    public static NpgsqlCommand Command(this NpgsqlConnection connection, Sql sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql.Write(command.Parameters);
        return command;
    }

    /// <summary>Creates a command of a list, which has its own time limit (<see cref="Reads.ListOptions.RunInTimeAsync"/>). The command
    /// timeout may be shorter.</summary>
    public static NpgsqlCommand ListCommand(this NpgsqlConnection connection, Sql sql)
    {
        var command = connection.Command(sql);
        command.CommandTimeout = 0;
        return command;
    }

    /// <summary>Creates a command that takes a connection from the pool.</summary>
    public static NpgsqlCommand Command(this NpgsqlDataSource source, Sql sql)
    {
        var command = source.CreateCommand();
        command.CommandText = sql.Write(command.Parameters);
        return command;
    }

    /// <summary>Adds a command to a batch.</summary>
    public static void Add(this NpgsqlBatch batch, Sql sql)
    {
        var command = new NpgsqlBatchCommand();
        command.CommandText = sql.Write(command.Parameters);
        batch.BatchCommands.Add(command);
    }
}
