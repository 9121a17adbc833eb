namespace Architecture.Tests;

/// <summary>A file stays under 400 lines, a type under 800, a line under 140 characters. Generated files and tables of data apart.</summary>
public sealed class SizeTests
{
    private const int FileLimit = 400;
    private const int TypeLimit = 800;
    private const int LineLimit = 140;
    private static readonly string[] Everywhere = ["src", "tests", "integration-tests", "benchmarks", "samples"];

    [Fact]
    public void Files_stay_under_400_lines() => Assert.Empty(LongFiles(Repository.Sources(Everywhere)));

    [Fact]
    public void Types_stay_under_800_lines() => Assert.Empty(LongTypes(Repository.Sources(Everywhere)));

    [Fact]
    public void A_long_file_a_long_type_in_two_parts_and_a_long_line_are_found()
    {
        string part = "partial class Big\n{\n" + string.Concat(Enumerable.Repeat("    int x;\n", 397)) + "}\n";
        SourceFile[] parts = [new("src/P/Big.cs", part), new("src/P/Big.More.cs", part), new("src/P/Big.Rest.cs", part)];
        Assert.Equal(["src/P/Big.cs: 400 lines", "src/P/Big.More.cs: 400 lines", "src/P/Big.Rest.cs: 400 lines"], LongFiles(parts));
        Assert.Equal(["P: Big has 1200 lines"], LongTypes(parts));
        Assert.Equal(["src/P/W.cs:2"], LongLines([new("src/P/W.cs", "a\n" + new string('x', 141) + "\n" + new string('y', 140) + "\n")]));
        Assert.Empty(LongFiles([new("src/P/Country.Table.cs", part)]));
    }

    private static string[] LongFiles(IEnumerable<SourceFile> files) =>
        [.. files.Where(f => !IsTable(f) && f.Lines.Length >= FileLimit).Select(f => $"{f.Path}: {f.Lines.Length} lines")];

    private static string[] LongTypes(IEnumerable<SourceFile> files) =>
        [.. files.Where(f => !IsTable(f))
            .SelectMany(f => CSharpText.Types(f.Code).Where(t => t.Depth == 0).Select(t => (Package: f.Path.Split('/')[1], t.Name, t.Lines)))
            .GroupBy(t => (t.Package, t.Name))
            .Select(g => (g.Key, Lines: g.Sum(t => t.Lines)))
            .Where(t => t.Lines >= TypeLimit)
            .Select(t => $"{t.Key.Package}: {t.Key.Name} has {t.Lines} lines")];

    private static string[] LongLines(IEnumerable<SourceFile> files) =>
        [.. files.Where(f => !IsTable(f)).SelectMany(f => f.Lines.Index().Where(l => l.Item.Length > LineLimit).Select(l => $"{f.Path}:{l.Index + 1}"))];

    private static bool IsTable(SourceFile file) =>
        file.Path.EndsWith(".Table.cs", StringComparison.Ordinal) || file.Path.EndsWith(".g.cs", StringComparison.Ordinal);
}
