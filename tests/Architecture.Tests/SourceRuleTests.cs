using System.Globalization;
using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>Rules that the sources themselves show: event ids, no reflection, links in the documentation.</summary>
public sealed partial class SourceRuleTests
{
    private static readonly string[] Reflection =
    [
        "Activator", "CreateInstance", "MakeGenericType", "MakeGenericMethod", "MakeArrayType", "GetMethod", "GetMethods", "GetProperties",
        "GetField", "GetFields", "GetMembers", "GetConstructor", "GetConstructors", "GetTypes", "GetExportedTypes", "LoadFrom",
        "DynamicInvoke", "ILGenerator", "DispatchProxy", "dynamic",
    ];

    [Fact]
    public void Event_ids_are_given_and_unique_across_the_suite() => Assert.Empty(EventIdFaults(Repository.Sources("src")));

    [Fact]
    public void A_shared_or_a_missing_event_id_is_found() => Assert.Equal(
        ["a.cs and b.cs share 7", "c.cs has a message without an event id"],
        EventIdFaults(
        [
            new SourceFile("a.cs", "[LoggerMessage(7, LogLevel.Debug, \"x\")]"),
            new SourceFile("b.cs", "[LoggerMessage(EventId = 7, Level = LogLevel.Debug)]"),
            new SourceFile("c.cs", "[LoggerMessage(Level = LogLevel.Debug)] // [LoggerMessage(8)]"),
            new SourceFile("d.cs", "[LoggerMessage(9, LogLevel.Debug, \"x\")]"),
        ]));

    [Fact]
    public void No_reflection_in_what_is_shipped() => Assert.Empty(ReflectionIn(Repository.Sources("src")));

    [Fact]
    public void Reflection_is_found() => Assert.Equal(
        ["a.cs: Activator", "b.cs: System.Reflection"],
        ReflectionIn([new SourceFile("a.cs", "Activator.Create(t)"), new SourceFile("b.cs", "using System.Reflection;"), new SourceFile("c.cs", "x")]));

    [Fact]
    public void Links_in_the_documentation_lead_somewhere()
    {
        string[] pages =
        [
            .. Directory.EnumerateFiles(Repository.Root, "*.md"),
            .. Under("docs"), .. Under("src"), .. Under("benchmarks"), .. Under("integration-tests"),
        ];
        Assert.Empty(pages.SelectMany(page => DeadLinks(page, File.ReadAllText(page))));
    }

    [Fact]
    public void A_dead_link_is_found()
    {
        string page = Path.Combine(Repository.Root, "X.md");
        Assert.Equal(["X.md: docs/nowhere.md"], DeadLinks(page, "[a](docs/nowhere.md#x) [b](src) [c](https://example.org/) [d](#below) `[e](f)`"));
    }

    private static IEnumerable<string> Under(string folder) => Directory.Exists(Path.Combine(Repository.Root, folder))
        ? Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/obj/", StringComparison.Ordinal))
        : [];

    private static string[] DeadLinks(string page, string text) =>
        [.. Link().Matches(CodeSpan().Replace(text, string.Empty))
            .Select(m => m.Groups["to"].Value.Split('#')[0])
            .Where(to => to.Length > 0 && !to.Contains(':', StringComparison.Ordinal))
            .Where(to => !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, to)))
            .Select(to => $"{Path.GetRelativePath(Repository.Root, page)}: {to}")];

    private static List<string> EventIdFaults(IEnumerable<SourceFile> files)
    {
        var faults = new List<string>();
        var owners = new Dictionary<int, string>();
        foreach (SourceFile file in files)
        {
            foreach (Match match in LoggerMessage().Matches(file.Code))
            {
                Group id = match.Groups["id"];
                if (!id.Success) faults.Add($"{file.Path} has a message without an event id");
                else if (!owners.TryAdd(int.Parse(id.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture), file.Path))
                {
                    faults.Add($"{owners[int.Parse(id.ValueSpan, CultureInfo.InvariantCulture)]} and {file.Path} share {id.Value}");
                }
            }
        }

        return faults;
    }

    private static List<string> ReflectionIn(IEnumerable<SourceFile> files)
    {
        var found = new List<string>();
        foreach (SourceFile file in files)
        {
            found.AddRange(CSharpText.Identifiers(file.Code).Select(i => i.Name).Intersect(Reflection).Select(name => $"{file.Path}: {name}"));
            if (file.Code.Contains("System.Reflection", StringComparison.Ordinal)) found.Add($"{file.Path}: System.Reflection");
        }

        return found;
    }

    [GeneratedRegex(@"\[LoggerMessage\s*\(\s*(?:(?:EventId\s*=\s*)?(?<id>\d+))?", RegexOptions.ExplicitCapture)]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"\[[^\]]*\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex CodeSpan();
}
