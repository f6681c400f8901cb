namespace BatchesApi.Domain;

/// <summary>Protects cells of CSV that a spreadsheet program would run as formulas, by an apostrophe before them. A text that looks
/// protected gets another apostrophe, in both forms, so that reading a cell restores every text.</summary>
internal static class SpreadsheetText
{
    private const char Apostrophe = '\'';

    /// <summary>What spreadsheet programs skip before a formula.</summary>
    private const string Skipped = " \t\r\n";

    /// <summary>The characters with which formulas begin, also in full width, which some programs convert.</summary>
    private const string FormulaStarts = "=+-@\uFF1D\uFF0B\uFF0D\uFF20";

    /// <summary>The cell for a text.</summary>
    public static string Protect(string text, CsvForm form) =>
        (form == CsvForm.Spreadsheet || text is [Apostrophe, ..]) && IsFormula(text) ? $"{Apostrophe}{text}" : text;

    /// <summary>The text of a cell.</summary>
    public static string Unprotect(string cell) => cell is [Apostrophe, .. var text] && IsFormula(text) ? text : cell;

    /// <summary>Whether a text is a formula, protected or not.</summary>
    private static bool IsFormula(ReadOnlySpan<char> text) =>
        text.TrimStart(Apostrophe).TrimStart(Skipped) is [var first, ..] && FormulaStarts.Contains(first, StringComparison.Ordinal);
}
