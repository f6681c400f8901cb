using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;

namespace BatchesApi.Domain;

internal enum FieldKind
{
    /// <summary>Text, sorted by the Unicode root collation.</summary>
    Text,

    DateTime,
    Boolean,
    Integer,

    /// <summary>An array of texts, which is not sortable.</summary>
    TextList,
}

/// <summary>The source of the value of a field.</summary>
internal enum FieldOrigin
{
    /// <summary>The client, who must pass it.</summary>
    Required,

    /// <summary>The client, who may pass it. Otherwise the field has its default.</summary>
    Optional,

    /// <summary>The server. Values from clients are ignored.</summary>
    Server,

    /// <summary>The server, on deleted batches only.</summary>
    Deletion,
}

internal static class FieldKinds
{
    /// <summary>The type with its article, for error messages.</summary>
    public static string ToText(this FieldKind kind) => kind switch
    {
        FieldKind.DateTime => "a date-time",
        FieldKind.Boolean => "a boolean",
        FieldKind.Integer => "an integer",
        FieldKind.TextList => "an array",
        _ => "a string",
    };
}

/// <summary>A field of a batch: everything that parsing, querying, writing and documentation need.</summary>
/// <param name="Index">The position in the catalogue, and the bit in a <see cref="FieldSet"/>.</param>
/// <param name="Name">The name in JSON.</param>
/// <param name="Kind">The type.</param>
/// <param name="Origin">The source of the value.</param>
internal abstract record Field(int Index, string Name, FieldKind Kind, FieldOrigin Origin)
{
    /// <summary>A sentence for the OpenAPI document.</summary>
    public required string Description { get; init; }

    /// <summary>An example value, as JSON.</summary>
    public required string Example { get; init; }

    /// <summary>Maximum length of the text, or of each item of the array, in code points; or null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The format of the text as a regular expression, or null.</summary>
    public string? Pattern { get; init; }

    public int? MaxItems { get; init; }

    /// <summary>The range of an integer.</summary>
    public (int Min, int Max)? Range { get; init; }

    /// <summary>The name, pre-encoded for the JSON writer.</summary>
    public JsonEncodedText EncodedName { get; } = JsonEncodedText.Encode(Name);

    public string Column { get; } = JsonNamingPolicy.SnakeCaseLower.ConvertName(Name);

    /// <summary>Whether clients may set it.</summary>
    public bool IsWritable => Origin is FieldOrigin.Required or FieldOrigin.Optional;

    public bool IsSortable => Kind != FieldKind.TextList;

    /// <summary>Whether the parameter <c>q</c> searches it.</summary>
    public bool IsSearched => Kind == FieldKind.Text && IsWritable;

    public abstract bool IsNullable { get; }

    /// <summary>An expression that reads the field from a batch, for queries.</summary>
    public abstract LambdaExpression Selector { get; }

    /// <summary>The name of its property in <see cref="Batch"/>.</summary>
    public string Property => ((MemberExpression)Selector.Body).Member.Name;

    public abstract object? Get(Batch batch);

    /// <summary>Sets the field to a value of its type, or to its default if the value is null.</summary>
    public abstract void Set(Batch batch, object? value);

    /// <summary>Sets the field to the value of a column.</summary>
    public abstract void Read(DbDataReader row, int column, Batch batch);

    /// <summary>Writes the value without the name.</summary>
    public abstract void WriteValue(Utf8JsonWriter json, Batch batch);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}

/// <inheritdoc/>
/// <param name="Index"><inheritdoc/></param>
/// <param name="Name"><inheritdoc/></param>
/// <param name="Kind"><inheritdoc/></param>
/// <param name="Origin"><inheritdoc/></param>
/// <param name="Path">The property of <see cref="Batch"/>.</param>
/// <param name="ReadColumn">Reads a column that is not null. Not <see cref="DbDataReader.GetFieldValue{T}"/>: a virtual generic method
/// takes longer to find than to run.</param>
/// <param name="Write">Writes a value that is not null.</param>
internal sealed record Field<T>(
    int Index,
    string Name,
    FieldKind Kind,
    FieldOrigin Origin,
    Expression<Func<Batch, T>> Path,
    Func<DbDataReader, int, T> ReadColumn,
    Action<Utf8JsonWriter, T> Write) : Field(Index, Name, Kind, Origin)
{
    private readonly Func<Batch, T> _get = GetProperty(Path).GetMethod!.CreateDelegate<Func<Batch, T>>();
    private readonly Action<Batch, T> _set = GetProperty(Path).SetMethod!.CreateDelegate<Action<Batch, T>>();
    private readonly T _default = GetProperty(Path).GetMethod!.CreateDelegate<Func<Batch, T>>()(new Batch());

    /// <inheritdoc/>
    public override bool IsNullable => _default is null;

    /// <inheritdoc/>
    public override LambdaExpression Selector => Path;

    /// <inheritdoc/>
    public override object? Get(Batch batch) => _get(batch);

    /// <inheritdoc/>
    public override void Set(Batch batch, object? value) => _set(batch, value is null ? _default : (T)value);

    /// <inheritdoc/>
    public override void Read(DbDataReader row, int column, Batch batch) =>
        _set(batch, row.IsDBNull(column) ? _default : ReadColumn(row, column));

    /// <inheritdoc/>
    public override void WriteValue(Utf8JsonWriter json, Batch batch)
    {
        var value = _get(batch);
        if (value is null)
            json.WriteNullValue();
        else
            Write(json, value);
    }

    private static PropertyInfo GetProperty(Expression<Func<Batch, T>> path) => (PropertyInfo)((MemberExpression)path.Body).Member;
}
