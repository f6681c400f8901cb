using System.Globalization;

namespace BatchesApi.Load;

/// <summary>Batches of a typical busy account, each derived only from its number.</summary>
internal static class SeedRows
{
    /// <summary>A term in about every 5,000th batch.</summary>
    public const string RareTerm = "zircon";

    /// <summary>A term in about seven of ten batches.</summary>
    public const string FrequentTerm = "customer";

    /// <summary>A term in about half of the batches, but in none of the newest ones.</summary>
    public const string OldTerm = "heritage";

    private const long MaxNewest = 22_000;

    private static readonly string[] Types = ["renewal", "upsell", "new business", "win back", "audit"];

    private static readonly string[] Words =
    [
        "account", "budget", "call", "campaign", "contract", "dashboard", "deadline", "decision", "demo", "discount", "email", "escalation",
        "expansion", "feedback", "forecast", "health", "implementation", "invoice", "launch", "legal", "license", "meeting", "migration",
        "negotiation", "onboarding", "partner", "payment", "pipeline", "pricing", "procurement", "proposal", "quarter", "quote", "referral",
        "region", "report", "review", "risk", "roadmap", "security", "signature", "stakeholder", "success", "support",
        "survey", "territory",
        "training", "trial", "upgrade", "visit",
    ];

    /// <summary>The columns, in the order of <see cref="Make(int, long)"/>.</summary>
    public const string Columns =
        "id, account_id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, "
        + "created_at, updated_at, deleted_at, version";

    private static readonly DateTime Start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>The batches of an account.</summary>
    /// <param name="account">The number of the account.</param>
    /// <param name="count">Their number. The newest 22,000 lack <see cref="OldTerm"/>, or the newest quarter if that is fewer.</param>
    public static IEnumerable<object?[]> Make(int account, long count)
    {
        var firstWithout = count - Math.Min(MaxNewest, count / 4);
        for (var number = 0L; number < count; number++)
            yield return Make(account, number, isOld: number < firstWithout);
    }

    /// <param name="account">The number of the account.</param>
    /// <param name="number">The 0-based number in the account, in the order of creation.</param>
    /// <param name="isOld">Whether the batch may have <see cref="OldTerm"/>.</param>
    private static object?[] Make(int account, long number, bool isOld)
    {
        var random = new Sequence((ulong)number + ((ulong)account << 40));
        var created = Start.AddSeconds(number * 5).AddMicroseconds(random.Next(1_000_000));
        var updated = created.AddMinutes(random.Next(100_000));
        return
        [
            Id(number),
            account,
            string.Create(CultureInfo.InvariantCulture, $"B-{number:D8}"),
            Types[random.Next(Types.Length)],
            random.OneIn(8) ? null : $"manager{random.Next(40):D2}@example.com",
            random.OneIn(5) ? null : $"user{random.Next(200):D3}@example.com",
            random.OneIn(4) ? null : created.Date.AddDays(random.Next(365)),
            random.OneIn(10),
            random.OneIn(6) ? null : Text(ref random, 5),
            random.OneIn(3) ? null : Text(ref random, 25) + (random.OneIn(3_300) ? $" {RareTerm}" : "")
                + (isOld && number % 4 != 0 ? $" {OldTerm}" : ""),
            Enumerable.Range(0, random.Next(5)).Select(i => Id((number / 2) + i)).ToArray(),
            Enumerable.Range(0, random.Next(3)).Select(i => Id(number + 1_000_000_000 + i)).ToArray(),
            random.OneIn(6) ? null : (short)random.Next(6),
            created,
            updated,
            random.OneIn(50) ? updated.AddDays(1) : null,
            1 + random.Next(4),
        ];
    }

    /// <summary>The id of a lead that some batches have.</summary>
    public static string Lead(long rows) => Id(rows / 4);

    private static string Id(long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{1_704_067_200 + (number * 5):x8}5eed5eed5e{number & 0xFFFFFF:x6}");

    private static string Text(ref Sequence random, int words)
    {
        var text = new string[words];
        for (var i = 0; i < words; i++)
            text[i] = random.OneIn(20) ? FrequentTerm : Words[random.Next(Words.Length)];
        return string.Join(' ', text);
    }

    /// <summary>Pseudorandom numbers that are the same on every machine (SplitMix64).</summary>
    private struct Sequence(ulong seed)
    {
        private ulong _state = seed;

        public int Next(int below)
        {
            _state += 0x9E3779B97F4A7C15;
            var z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) % (ulong)below);
        }

        public bool OneIn(int times) => Next(times) == 0;
    }
}
