using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;

namespace BatchesApi.Domain;

/// <summary>The types that a field of a batch can have.</summary>
internal enum FieldKind
{
    /// <summary>Text, ordered by Unicode root collation.</summary>
    Text,

    /// <summary>An instant.</summary>
    DateTime,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A list of texts; cannot be sorted by.</summary>
    TextList,
}

/// <summary>Who gives a field its value.</summary>
internal enum FieldOrigin
{
    /// <summary>The client must.</summary>
    Required,

    /// <summary>The client may; otherwise the field has its default.</summary>
    Optional,

    /// <summary>The server; what a client sends is ignored.</summary>
    Server,

    /// <summary>The server, on deleted batches only.</summary>
    Deletion,
}

/// <summary>One field of a batch: all that parsing, querying, writing and documenting need to know of it.</summary>
/// <param name="Index">Its place in the catalogue, which is its bit in a <see cref="FieldSet"/>.</param>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Kind">Its type.</param>
/// <param name="Origin">Who gives it its value.</param>
internal abstract record Field(int Index, string Name, FieldKind Kind, FieldOrigin Origin)
{
    /// <summary>What it means, for the reader of the OpenAPI document.</summary>
    public required string Description { get; init; }

    /// <summary>A value for the documentation, as JSON.</summary>
    public required string Example { get; init; }

    /// <summary>Most code points of the text, or of each item of the list; null where there is no limit to state.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The form of the text, as a regular expression; null where it may be any.</summary>
    public string? Pattern { get; init; }

    /// <summary>Most items of the list.</summary>
    public int? MaxItems { get; init; }

    /// <summary>Least and greatest value of an integer.</summary>
    public (int Min, int Max)? Range { get; init; }

    /// <summary>The name on the wire, ready to be written.</summary>
    public JsonEncodedText EncodedName { get; } = JsonEncodedText.Encode(Name);

    /// <summary>The name of its column.</summary>
    public string Column { get; } = JsonNamingPolicy.SnakeCaseLower.ConvertName(Name);

    /// <summary>Whether a client may give it a value.</summary>
    public bool IsWritable => Origin is FieldOrigin.Required or FieldOrigin.Optional;

    /// <summary>Whether lists can be sorted by it.</summary>
    public bool IsSortable => Kind != FieldKind.TextList;

    /// <summary>Whether the parameter <c>q</c> looks into its text.</summary>
    public bool IsSearched => Kind == FieldKind.Text && IsWritable;

    /// <summary>Whether it can be without a value.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>Reads the field from a batch, as a tree that a query can be built of.</summary>
    public abstract LambdaExpression Selector { get; }

    /// <summary>The property of <see cref="Batch"/> that holds the field.</summary>
    public string Property => ((MemberExpression)Selector.Body).Member.Name;

    /// <summary>The field's value in a batch.</summary>
    public abstract object? Get(Batch batch);

    /// <summary>Gives the field of a batch a value of the field's own type; null sets the default.</summary>
    public abstract void Set(Batch batch, object? value);

    /// <summary>Gives the field of a batch the value of a column.</summary>
    public abstract void Read(DbDataReader row, int column, Batch batch);

    /// <summary>Writes the field's value, without its name.</summary>
    public abstract void WriteValue(Utf8JsonWriter json, Batch batch);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}

/// <inheritdoc/>
internal sealed record Field<T>(
    int Index,
    string Name,
    FieldKind Kind,
    FieldOrigin Origin,
    Expression<Func<Batch, T>> Path,
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
        _set(batch, row.IsDBNull(column) ? _default : row.GetFieldValue<T>(column));

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
