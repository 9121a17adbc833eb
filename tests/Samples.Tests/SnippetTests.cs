using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Samples.Tests;

/// <summary>
/// Every C# block of the documentation compiles as it stands, with what a program has without saying so and nothing else: its statements in
/// a method of their own, the types that stand behind them beside it, all in one run of the compiler.
/// </summary>
public sealed partial class SnippetTests
{
    // What a program has without saying so.
    private const string Prelude = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;

        """;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(10);

    private static readonly string Root = Path.GetDirectoryName(SampleRun.Folder)!;

    [Fact]
    public async Task Every_snippet_of_the_documentation_compiles()
    {
        string[] pages =
        [
            .. Directory.GetFiles(Root, "*.md"),
            .. Directory.GetDirectories(Path.Combine(Root, "src")).Select(folder => Path.Combine(folder, "README.md")).Where(File.Exists),
            .. Directory.Exists(Path.Combine(Root, "docs")) ? Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories) : [],
        ];
        Snippet[] snippets = [.. pages.SelectMany(page => In(Path.GetRelativePath(Root, page), File.ReadAllText(page)))];
        Assert.NotEmpty(snippets);
        IReadOnlyList<string> errors = await CompileAsync(snippets);
        Assert.True(errors.Count == 0, string.Join(Environment.NewLine, errors));
    }

    [Fact]
    public async Task A_snippet_that_is_wrong_is_found_with_its_page_and_line()
    {
        Snippet[] snippets = [.. In("page.md", "text\n\n```csharp\nusing ProtocolClients;\nstring s = await Url.ReadTextAsync(\"x\");\n```\n\n```csharp\nUrl.No();\n```\n")];
        Assert.Equal(2, snippets.Length);
        string error = Assert.Single(await CompileAsync(snippets));
        Assert.Contains("page.md(9,", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_from_nowhere_and_a_type_that_is_wrong_are_found_in_blocks_of_either_name()
    {
        Snippet[] snippets = [.. In("page.md", "```csharp\nConsole.WriteLine(bar);\n```\n\n```cs\nvar a = new A();\n\nsealed class A\n{\n    public int No() => no;\n}\n```\n")];
        Assert.Equal(2, snippets.Length);
        string[] errors = await CompileAsync(snippets);
        Assert.Equal(2, errors.Length);
        Assert.Contains(errors, static error => error.Contains("page.md(2,", StringComparison.Ordinal));
        Assert.Contains(errors, static error => error.Contains("page.md(10,", StringComparison.Ordinal));
    }

    /// <summary>The directives of a file-based program are the command's, not the compiler's.</summary>
    [GeneratedRegex("^#:", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Directive();

    private static IEnumerable<Snippet> In(string page, string text)
    {
        text = text.ReplaceLineEndings("\n");
        foreach (Match block in Block().Matches(text))
        {
            yield return new Snippet(page, text.AsSpan(0, block.Groups["code"].Index).Count('\n') + 1, Directive().Replace(block.Groups["code"].Value, "//"));
        }
    }

    private static async Task<string[]> CompileAsync(Snippet[] snippets)
    {
        string folder = Directory.CreateTempSubdirectory("snippets-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "Prelude.cs"), Prelude);
            for (int i = 0; i < snippets.Length; i++) await File.WriteAllTextAsync(Path.Combine(folder, $"Snippet{i}.cs"), snippets[i].AsFile(i));
            await File.WriteAllLinesAsync(Path.Combine(folder, "options.rsp"),
            [
                "-target:library", "-nologo", "-nullable:enable", "-langversion:latest", "-nowarn:CS1701,CS1702,CS8321", $"-out:\"{folder}/snippets.dll\"",
                .. References().Select(reference => $"-reference:\"{reference}\""),
                .. Generators().Select(generator => $"-analyzer:\"{generator}\""),
                .. Directory.GetFiles(folder, "*.cs").Select(file => $"\"{file}\""),
            ]);
            return [.. (await RunAsync([Compiler(), "-noconfig", "@" + Path.Combine(folder, "options.rsp")]))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Contains("error", StringComparison.Ordinal))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>All that these tests themselves run on: the platform, and the packages as they were just built.</summary>
    private static IEnumerable<string> References() => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Where(path => !Path.GetFileName(path).StartsWith("xunit", StringComparison.OrdinalIgnoreCase));

    /// <summary>What a project has beside the compiler: the contracts of JSON are generated.</summary>
    private static IEnumerable<string> Generators()
    {
        string dotnet = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Compiler())!, "..", "..", "..", ".."));
        return Directory.GetDirectories(Path.Combine(dotnet, "packs", "Microsoft.NETCore.App.Ref"))
            .Order(StringComparer.Ordinal).TakeLast(1)
            .Select(pack => Path.Combine(pack, "analyzers", "dotnet", "cs", "System.Text.Json.SourceGeneration.dll"));
    }

    private static string Compiler() => typeof(SnippetTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "Compiler").Value!;

    private static async Task<string> RunAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var limit = new CancellationTokenSource(Safety, TimeProvider.System);
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            string said = await output + await errors;
            return process.ExitCode == 0 || said.Contains("error", StringComparison.Ordinal) ? said : $"error: the compiler ended with {process.ExitCode}: {said}";
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex("^```(csharp|cs)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();

    /// <summary>The first line of the first type of a block, or its attribute.</summary>
    [GeneratedRegex(@"^(\[|((public|internal|file|sealed|static|abstract|readonly|partial) )*(class|record|struct|interface|enum) )", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex TypeStart();

    private sealed record Snippet(string Page, int Line, string Code)
    {
        /// <summary>
        /// The directives in front, statements in a method, types behind it as in a program of one file; errors are told by the page's own lines.
        /// </summary>
        public string AsFile(int number)
        {
            string[] lines = Code.Split('\n');
            bool IsDirective(string line) => line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('=', StringComparison.Ordinal);
            var file = new StringBuilder();
            foreach (string line in lines.Where(IsDirective)) file.AppendLine(line);
            int types = Array.FindIndex(lines, static line => TypeStart().IsMatch(line));
            if (types < 0) types = lines.Length;
            file.AppendLine(CultureInfo.InvariantCulture, $"namespace Snippets{number};");
            file.AppendLine(CultureInfo.InvariantCulture, $"internal static class Snippet{number} {{ public static async Task RunAsync() {{ await Task.Yield();");
            file.AppendLine(CultureInfo.InvariantCulture, $"#line {Line} \"{Page.Replace('\\', '/')}\"");
            foreach (string line in lines[..types]) file.AppendLine(IsDirective(line) ? string.Empty : line);
            file.AppendLine("#line default").AppendLine("} }");
            if (types == lines.Length) return file.ToString();
            file.AppendLine(CultureInfo.InvariantCulture, $"#line {Line + types} \"{Page.Replace('\\', '/')}\"");
            foreach (string line in lines[types..]) file.AppendLine(line);
            return file.ToString();
        }
    }
}
