using BatchesApi.Access;

namespace BatchesApi.Tests.Access;

public sealed class SecretTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    [Fact]
    public void A_secret_has_a_recognizable_format()
    {
        var secret = Secret.Create(Secret.KeyPrefix);

        Assert.Matches(@"\Aicr_[A-Za-z0-9_-]{48}\z", secret);
        Assert.True(Secret.IsWellFormed(secret));
    }

    [Fact]
    public void Secrets_differ() => Assert.Distinct(Enumerable.Range(0, 1_000).Select(_ => Secret.Create(Secret.KeyPrefix)));

    [Fact]
    public void A_changed_character_is_rejected()
    {
        var secret = Secret.Create(Secret.KeyPrefix);
        for (var i = 0; i < secret.Length; i++)
        {
            foreach (var character in (Alphabet + "+/=%.~ \n\0ÿ٣").Where(c => c != secret[i]))
                Assert.False(Secret.IsWellFormed($"{secret[..i]}{character}{secret[(i + 1)..]}"), $"character {i}: {(int)character}");
        }
    }

    [Fact]
    public void Swapped_characters_are_rejected()
    {
        var secret = Secret.Create(Secret.KeyPrefix);
        for (var i = 0; i < secret.Length - 1; i++)
        {
            if (secret[i] != secret[i + 1])
                Assert.False(Secret.IsWellFormed($"{secret[..i]}{secret[i + 1]}{secret[i]}{secret[(i + 2)..]}"), $"character {i}");
        }
    }

    [Fact]
    public void An_inserted_or_missing_character_is_rejected()
    {
        var secret = Secret.Create(Secret.KeyPrefix);
        for (var i = 0; i <= secret.Length; i++)
        {
            foreach (var character in "A=% ")
                Assert.False(Secret.IsWellFormed(secret.Insert(i, $"{character}")), $"character {i}: {(int)character}");
        }
        Assert.All(Enumerable.Range(0, secret.Length), i => Assert.False(Secret.IsWellFormed(secret.Remove(i, 1))));
    }

    [Fact]
    public void A_wrong_prefix_is_rejected()
    {
        var secret = Secret.Create(Secret.KeyPrefix);

        Assert.False(Secret.IsWellFormed(secret.AsSpan(4)));
        Assert.False(Secret.IsWellFormed("ICR_" + secret[4..]));
        Assert.False(Secret.IsWellFormed("icr-" + secret[4..]));
        Assert.False(Secret.IsWellFormed(""));
        Assert.False(Secret.IsWellFormed("icr_"));
        Assert.False(Secret.IsWellFormed("icr_" + new string('A', 48)));
        Assert.False(Secret.IsWellFormed(new string('x', 100_000)));
    }

    [Fact]
    public void The_hash_is_the_SHA_256_of_the_full_secret() => Assert.Equal(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Convert.ToHexStringLower(Secret.Hash("abc")));

    [Fact]
    public void The_display_prefix_is_the_prefix_and_eight_characters()
    {
        var secret = Secret.Create(Secret.KeyPrefix);

        Assert.Equal(12, Secret.DisplayPrefix(secret).Length);
        Assert.StartsWith(Secret.DisplayPrefix(secret), secret, StringComparison.Ordinal);
    }
}
