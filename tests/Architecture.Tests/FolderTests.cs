namespace Architecture.Tests;

/// <summary>The floors inside a package: no circle between folders, pure grammar, resilience in one place.</summary>
public sealed class FolderTests
{
    // Each folder of Transport may use those before it, and none behind.
    private static readonly string[] TransportFloors =
        ["Errors", "Options", "Telemetry", "Unicode", "Grammar", "Authentication", "Sasl", "Files", "Dialing", "Tls", "Proxies", "Channel", "Resilience", "Client", "Pooling"];

    private static readonly string[] Impure =
    [
        "await", "async", "Task", "ValueTask", "Socket", "Sockets", "NetworkStream", "SslStream", "Stream", "FileStream",
        "File", "StreamReader", "StreamWriter", "PipeReader", "PipeWriter", "Pipelines", "HttpClient", "TcpClient",
    ];

    private static readonly string[] SocketTypes = ["Socket", "NetworkStream", "SslStream", "TcpClient", "Dns"];

    public static TheoryData<string> Packages => Repository.PackageNames;

    [Theory]
    [MemberData(nameof(Packages))]
    public void No_circle_between_the_folders_of_a_package(string package)
    {
        var graph = new FolderGraph(Repository.Sources("src/" + package));
        Assert.True(graph.FindCircle() is [], string.Join('\n', graph.FindCircle()));
    }

    [Fact]
    public void A_circle_is_found_and_named()
    {
        IReadOnlyList<string> circle = new FolderGraph(
        [
            new SourceFile("src/P/A/One.cs", "class One { Two t; }"),
            new SourceFile("src/P/B/Two.cs", "class Two { void M() { new Three(); } }"),
            new SourceFile("src/P/C/Three.cs", "class Three { /* Four */ string s = \"Four\"; N.One x; P.One y; ProtocolClients.One z; }"),
            new SourceFile("src/P/D/Four.cs", "class Four { One a; }"),
        ]).FindCircle();
        Assert.Equal(["src/P/A/One.cs uses Two of B", "src/P/B/Two.cs uses Three of C", "src/P/C/Three.cs uses One of A"], circle);
    }

    [Fact]
    public void Members_comments_and_nested_types_draw_no_arrow()
    {
        var graph = new FolderGraph(
        [
            new SourceFile("src/P/A/One.cs", "class One { Two t; }"),
            new SourceFile("src/P/B/Two.cs", "class Two { /* One */ void M() { x.One(); } class One; }"),
        ]);
        Assert.Empty(graph.FindCircle());
        Assert.Equal([("A", "B", "src/P/A/One.cs uses Two of B")], graph.Arrows);
    }

    [Fact]
    public void The_floors_of_Transport_stand_on_those_below_only()
    {
        IReadOnlyList<SourceFile> files = Repository.Sources("src/ProtocolClients.Transport");
        Assert.Empty(files.Select(f => f.Folder).Distinct().Except(TransportFloors));
        Assert.Empty(Climbing(new FolderGraph(files)));
    }

    [Fact]
    public void An_arrow_up_the_floors_is_found() => Assert.Equal(
        ["src/P/Errors/E.cs uses D of Dialing"],
        Climbing(new FolderGraph([new SourceFile("src/P/Errors/E.cs", "class E { D d; }"), new SourceFile("src/P/Dialing/D.cs", "class D;")])));

    [Fact]
    public void Grammar_is_free_of_waiting_and_of_input_and_output() =>
        Assert.Empty(Uses(Repository.Sources("src").Where(f => f.Path.Contains("/Grammar/", StringComparison.Ordinal)), Impure));

    [Theory]
    [MemberData(nameof(Packages))]
    public void Grammar_sees_nothing_above_it(string package)
    {
        var graph = new FolderGraph(Repository.Sources("src/" + package));
        Assert.Empty(graph.Arrows.Where(a => a.From == "Grammar" && a.To is not ("Errors" or "Options" or "Telemetry" or "Unicode")).Select(a => a.Where));
    }

    [Fact]
    public void Errors_and_options_see_no_sockets() =>
        Assert.Empty(Uses(Repository.Sources("src").Where(f => f.Folder is "Errors" or "Options"), SocketTypes));

    [Fact]
    public void Polly_is_seen_in_Resilience_only() =>
        Assert.Empty(Uses(Repository.Sources("src").Where(f => f.Folder != "Resilience"), ["Polly", "ResiliencePipeline"]));

    [Fact]
    public void A_forbidden_word_is_found_in_code_and_not_in_comments_and_strings()
    {
        var bad = new SourceFile("src/P/Grammar/X.cs", "class X { async Task M() { await x; } }");
        var good = new SourceFile("src/P/Grammar/Y.cs", "// await\nclass Y { string s = \"await Socket\"; Kind k = Kind.File; }");
        var files = new SourceFile("src/P/Grammar/Z.cs", "class Z { string s = File.ReadAllText(p); }");
        Assert.Equal(["src/P/Grammar/X.cs: async, await, Task", "src/P/Grammar/Z.cs: File"], Uses([bad, good, files], Impure));
    }

    // The class File has a member behind it or its namespace before it; the word alone is a value of an enum.
    private static IEnumerable<string> Names(string code) => CSharpText.Identifiers(code).SelectMany(i => i switch
    {
        { Qualifier: "File" } => ["File", i.Name],
        { Name: "File", Qualifier: not "IO" } => [],
        _ => new[] { i.Name },
    });

    private static IReadOnlyList<string> Climbing(FolderGraph graph) =>
        [.. graph.Arrows.Where(a => Array.IndexOf(TransportFloors, a.To) > Array.IndexOf(TransportFloors, a.From)).Select(a => a.Where)];

    private static IReadOnlyList<string> Uses(IEnumerable<SourceFile> files, string[] words) =>
        [.. files
            .Select(f => (f.Path, Found: Names(f.Code).Intersect(words).Order(StringComparer.OrdinalIgnoreCase)))
            .Where(f => f.Found.Any())
            .Select(f => $"{f.Path}: {string.Join(", ", f.Found)}")];
}
