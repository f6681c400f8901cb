using System.Data.Common;
using BatchesApi.Domain;
using NpgsqlTypes;

namespace BatchesApi.Storage;

internal static class BatchRowReader
{
    /// <summary>Reads the batch in the current row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="fields">The fields in the order of their columns.</param>
    /// <param name="first">The index of the first column.</param>
    public static Batch Read(DbDataReader row, IReadOnlyList<Field> fields, int first = 0)
    {
        var batch = new Batch();
        for (var i = 0; i < fields.Count; i++)
            fields[i].Read(row, first + i, batch);
        return batch;
    }

    /// <summary>The type of a parameter for a value of a field.</summary>
    public static NpgsqlDbType GetDbType(Field field) => field.Kind switch
    {
        FieldKind.Text => NpgsqlDbType.Text,
        FieldKind.DateTime => NpgsqlDbType.TimestampTz,
        FieldKind.Boolean => NpgsqlDbType.Boolean,
        FieldKind.Integer => NpgsqlDbType.Integer,
        _ => NpgsqlDbType.Array | NpgsqlDbType.Text,
    };
}
