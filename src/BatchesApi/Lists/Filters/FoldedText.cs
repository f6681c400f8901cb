using System.Globalization;
using System.Text;

namespace BatchesApi.Lists.Filters;

/// <summary>What is certain about a text after folding (specification, section 3.8) without asking the database, which folds it, maybe by
/// another version of Unicode.</summary>
internal static class FoldedText
{
    /// <summary>A letter that folding removes, like marks.</summary>
    private const int Tatweel = 0x0640;

    /// <summary>Whether folding certainly removes the whole text.</summary>
    public static bool IsEmpty(string text) => text.EnumerateRunes().All(rune => !rune.IsAscii && Decompose(rune).All(IsRemoved));

    /// <summary>Whether certainly at least a number of code points remain.</summary>
    public static bool HasAtLeast(int count, string text) => text.EnumerateRunes().Where(Remains).Take(count).Count() == count;

    private static bool Remains(Rune rune) => rune.IsAscii
        || (Rune.GetUnicodeCategory(rune) != UnicodeCategory.OtherNotAssigned && !Decompose(rune).All(IsRemoved));

    private static Rune[] Decompose(Rune rune) =>
        [.. rune.ToString().Normalize(NormalizationForm.FormKD).EnumerateRunes()];

    private static bool IsRemoved(Rune rune) => rune.Value == Tatweel || IsInvisible(rune.Value) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Whether it is an invisible format character: of the category Cf and Default_Ignorable_Code_Point.</summary>
    private static bool IsInvisible(int value) => value is 0x00AD or 0x061C or 0x180E or (>= 0x200B and <= 0x200F)
        or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x2064) or (>= 0x2066 and <= 0x206F) or 0xFEFF
        or (>= 0x1BCA0 and <= 0x1BCA3) or (>= 0x1D173 and <= 0x1D17A) or 0xE0001 or (>= 0xE0020 and <= 0xE007F);
}
