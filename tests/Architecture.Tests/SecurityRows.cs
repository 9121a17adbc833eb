using System.Globalization;
using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>
/// The list of real advisories in clients of these protocols, by number, and where each stands: shown by tests whose names begin
/// with <c>Row_NN_</c>, or open, with what it waits for. A row that gets its first test leaves the open list in the same change.
/// </summary>
public sealed partial class SecurityRows
{
    private const int Count = 52;

    /// <summary>Rows that no test shows yet, with the reason.</summary>
    private static readonly Dictionary<int, string> Open = new()
    {
        [20] = "SMTP envelope from validated types: comes with the SMTP room",
        [21] = "IMAP and POP3 arguments: comes with those rooms",
        [23] = "folded header block read again: comes with Mime",
        [24] = "strict mail addresses: comes with Mime",
        [25] = "depth of mail parsers: comes with Mime",
        [26] = "mailcap without a shell: comes with Mime",
        [38] = "IAC doubled, option lengths: comes with the Telnet room",
        [46] = "XML without DTD: comes with XmlRpc",
        [49] = "WebSocket masks: comes with WebSocket",
        [50] = "early data: the platform offers none; comes with HTTP/3",
    };

    [Fact]
    public void Every_row_is_shown_by_a_test_or_stands_open_with_a_reason()
    {
        Assert.Empty(Faults(Repository.Sources("tests", "integration-tests"), Open));
        Assert.All(Open.Values, reason => Assert.Contains("comes with", reason, StringComparison.Ordinal));
    }

    [Fact]
    public void A_row_in_neither_place_or_in_both_is_found() => Assert.Equal(
        ["row 2 is open and shown by a.cs", "row 3 is neither shown nor open", "row 4 is neither shown nor open", "row 60 of a.cs is no row"],
        Faults(
        [
            new SourceFile("a.cs", """
                [Fact] public void Row_01_x() => F();
                [Theory] [InlineData(new[] { 1 })] public async Task Row_02_x() { F(); }
                [Fact] public void Row_60_x() { }
                """),
            new SourceFile("b.cs", "// [Fact] public void Row_03_x() { }\n public void Row_04_x() { }"),
        ],
            new Dictionary<int, string> { [2] = "later" },
            count: 4));

    private static List<string> Faults(IEnumerable<SourceFile> files, Dictionary<int, string> open, int count = Count)
    {
        var shown = new SortedDictionary<int, string>();
        foreach (SourceFile file in files)
        {
            foreach (Capture row in RowTest().Matches(file.Code).SelectMany(test => test.Groups["row"].Captures))
            {
                shown.TryAdd(int.Parse(row.ValueSpan, CultureInfo.InvariantCulture), file.Path);
            }
        }

        var faults = new List<string>();
        for (int row = 1; row <= count; row++)
        {
            if (open.ContainsKey(row) && shown.TryGetValue(row, out string? where)) faults.Add($"row {row} is open and shown by {where}");
            if (!open.ContainsKey(row) && !shown.ContainsKey(row)) faults.Add($"row {row} is neither shown nor open");
        }

        faults.AddRange(shown.Where(test => test.Key > count || test.Key < 1).Select(test => $"row {test.Key} of {test.Value} is no row"));
        faults.AddRange(open.Keys.Where(row => row > count || row < 1).Select(row => $"open row {row} is no row"));
        return faults;
    }

    // A test's attribute stands before its modifiers, maybe with rows of data between them.
    [GeneratedRegex(@"\[(Fact|Theory)\][^;]*?\bpublic\s+(async\s+)?(Task|void)\s+Row_(?<row>\d\d)_(and_(?<row>\d\d)_)*", RegexOptions.ExplicitCapture)]
    private static partial Regex RowTest();
}
