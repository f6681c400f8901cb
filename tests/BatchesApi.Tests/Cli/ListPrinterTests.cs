using BatchesApi.Cli;

namespace BatchesApi.Tests.Cli;

public sealed class ListPrinterTests
{
    private static readonly ListColumn<(string Name, string? Expiry)>[] Columns =
        [new("NAME", item => item.Name), new("EXPIRES", item => item.Expiry)];

    [Fact]
    public void A_list_for_programs_has_no_headings_and_is_separated_by_tabs() =>
        Assert.Equal("a\t-\nlonger\tnever\n", Format(forPrograms: true, ("a", null), ("longer", "never")));

    [Fact]
    public void A_list_on_a_terminal_has_headings_and_aligned_columns() =>
        Assert.Equal("NAME    EXPIRES\na       -\nlonger  never\n", Format(forPrograms: false, ("a", null), ("longer", "never")));

    [Fact]
    public void An_empty_list_is_empty_for_programs_and_has_headings_on_a_terminal()
    {
        Assert.Equal("", Format(forPrograms: true));
        Assert.Equal("NAME  EXPIRES\n", Format(forPrograms: false));
    }

    private static string Format(bool forPrograms, params (string, string?)[] items) =>
        ListPrinter.Format(items, Columns, forPrograms).ReplaceLineEndings("\n");
}
