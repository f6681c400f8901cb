using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BatchesApi.Domain;

/// <summary>Generates ids in the format of MongoDB's ObjectId: 4 bytes of seconds, 5 random bytes per process and 3 counter bytes, as 24
/// lowercase hexadecimal digits. The ids of one process are strictly ascending.</summary>
internal sealed class ObjectIdGenerator(TimeProvider clock)
{
    /// <summary>The number of digits in an id.</summary>
    public const int Length = 24;

    /// <summary>The format of an id as a regular expression, for documentation.</summary>
    public const string Pattern = "^[0-9a-f]{24}$";

    private const int CounterBits = 24;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private readonly byte[] _process = RandomNumberGenerator.GetBytes(5);

    // Seconds and counter are one number: a counter overflow takes the next second,
    // and an id is greater than the previous one even if the clock is set back.
    private long _last;

    /// <summary>A new id, greater than all earlier ids of this instance.</summary>
    public string Next()
    {
        long last, next;
        do
        {
            last = Volatile.Read(ref _last);
            next = Math.Max(last + 1, clock.GetUtcNow().ToUnixTimeSeconds() << CounterBits);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);

        Span<byte> id = stackalloc byte[Length / 2];
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)(next >> CounterBits));
        _process.CopyTo(id[4..]);
        id[9] = (byte)(next >> 16);
        id[10] = (byte)(next >> 8);
        id[11] = (byte)next;
        return Convert.ToHexStringLower(id);
    }

    /// <summary>Whether the text has the format of an id.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) => text.Length == Length && !text.ContainsAnyExcept(Digits);
}
