using System.Reflection;

namespace Architecture.Tests;

/// <summary>One C# file: where it is and what it says with comments and literals blanked out.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    private string? _code;

    /// <summary>The folder below the package, <c>.</c> for its root; only the first level counts: deeper ones are of one floor.</summary>
    public string Folder
    {
        get
        {
            string[] parts = Path.Split('/');
            return parts.Length > 3 ? parts[2] : ".";
        }
    }

    public string Code => _code ??= CSharpText.Blank(Text);

    public string[] Lines => Text.TrimEnd('\n').Split('\n');
}

/// <summary>The tree that the tests look at.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The names of the folders in src.</summary>
    public static IReadOnlyList<string> Packages { get; } =
        [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> PackageNames => [.. Packages];

    public static IReadOnlyList<SourceFile> Sources(params string[] under) =>
        [.. under.Select(u => Path.Combine(Root, u)).Where(Directory.Exists)
            .SelectMany(u => Directory.EnumerateFiles(u, "*.cs", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(f => new SourceFile(f, File.ReadAllText(Path.Combine(Root, f)).ReplaceLineEndings("\n")))];

    public static Assembly AssemblyOf(string package) => Assembly.Load(package == "ProtocolClients.Tool" ? "pcl" : package);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ProtocolClients.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests run outside the tree.");
    }
}
