using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ProtocolClients.Integration.Tests.RealClients;

namespace ProtocolClients.Integration.Tests.Urls;

/// <summary>
/// The text functions of <see cref="Url"/> beside those of Python 3's urllib.parse, on seeded cases. Where they differ, the difference
/// is meant, and named here.
/// </summary>
public sealed class PythonParseTests : IDisposable
{
    private const string Script = """
        import json, sys
        from urllib.parse import *
        def run(name, args):
            try:
                if name == "quote": return quote(args[0], safe=args[1])
                if name == "quote_plus": return quote_plus(args[0], safe=args[1])
                if name == "quote_bytes": return quote_from_bytes(bytes(args[0]), safe=args[1])
                if name == "unquote": return unquote(args[0])
                if name == "unquote_plus": return unquote_plus(args[0])
                if name == "unquote_to_bytes": return list(unquote_to_bytes(args[0]))
                if name == "urlencode": return urlencode([tuple(pair) for pair in args[0]])
                if name == "urlencode_lists": return urlencode([tuple(pair) for pair in args[0]], doseq=True)
                if name == "parse_qsl": return [list(pair) for pair in parse_qsl(args[0], keep_blank_values=args[1])]
                if name == "parse_qs": return [[key, values] for key, values in parse_qs(args[0], keep_blank_values=True).items()]
                if name == "urljoin": return urljoin(args[0], args[1])
                if name == "urlsplit": return list(urlsplit(args[0]))
                if name == "parts":
                    parts = urlsplit(args[0])
                    return [parts.hostname, parts.port]
            except ValueError:
                return {"error": True}
        with open(sys.argv[1], encoding="utf-8") as cases:
            for line in cases:
                case = json.loads(line)
                print(json.dumps(run(case[0], case[1:])))
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("python-parse-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Text_is_quoted_and_unquoted_alike()
    {
        var random = new Random(1);
        var cases = new List<(JsonArray Case, JsonNode? Ours)>();
        for (int i = 0; i < 300; i++)
        {
            string text = Text(random);
            string safe = (string[])["/", "", "/:?=", "~+ ", "%"] is { } sets ? sets[random.Next(sets.Length)] : "";
            byte[] bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            cases.Add((["quote", text, safe], Url.Quote(text, safe)));
            cases.Add((["quote_plus", text, safe], Url.QuotePlus(text, safe)));
            cases.Add((["quote_bytes", Bytes(bytes), safe], Url.QuoteBytes(bytes, safe)));
            cases.Add((["unquote", text], Url.Unquote(text)));
            cases.Add((["unquote_plus", text], Url.UnquotePlus(text)));
            cases.Add((["unquote_to_bytes", text], Bytes(Url.UnquoteToBytes(text))));
        }

        await CompareAsync(cases);
    }

    [Fact]
    public async Task Queries_are_written_and_read_alike()
    {
        var random = new Random(2);
        var cases = new List<(JsonArray Case, JsonNode? Ours)>();
        for (int i = 0; i < 300; i++)
        {
            (string Name, string Value)[] pairs = [.. Enumerable.Range(0, random.Next(4)).Select(_ => (Text(random), Text(random)))];
            // Python takes no question mark off; the query here has none.
            string query = Query(random);
            cases.Add((["urlencode", Pairs(pairs)], Url.EncodeQuery(pairs)));
            cases.Add((["parse_qsl", query, true], Pairs(Url.ParseQuery(query))));
            cases.Add((["parse_qsl", query, false], Pairs(Url.ParseQuery(query, keepBlank: false))));
            IReadOnlyDictionary<string, IReadOnlyList<string>> lists = Url.ParseQueryLists(query);
            cases.Add((["parse_qs", query], Lists(lists)));
            cases.Add((["urlencode_lists", Lists(lists)], Url.EncodeQuery(lists)));
        }

        await CompareAsync(cases);
    }

    [Fact]
    public async Task References_are_joined_and_split_alike()
    {
        string[] references =
        [
            "g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", "g?y#s", ";x", "g;x", "g;x?y#s", "", ".", "./", "..", "../", "../g", "../..", "../../", "../../g",
            "../../../g", "/./g", "/../g", "g.", ".g", "g..", "..g", "./../g", "./g/.", "g/./h", "g/../h", "g;x=1/./y", "g?y/./x", "g#s/../x", "//i:8/x", "https://j/k?l",
        ];
        var cases = new List<(JsonArray Case, JsonNode? Ours)>();
        foreach (string based in (string[])["http://a/b/c/d;p?q", "http://a", "http://a/", "https://u:p@a:81/b/", "ftp://a/b/c"])
        {
            foreach (string reference in references)
            {
                string joined = Url.Join(based, reference);
                // Python leaves the dot segments of a reference that has a host of its own, and of one to a base without a path.
                if (reference.StartsWith("//", StringComparison.Ordinal) || reference.Contains("://", StringComparison.Ordinal)) continue;
                cases.Add((["urljoin", based, reference], joined));
            }
        }

        foreach (string url in (string[])["http://u:p@h:80/a;b?c=d&e#f", "//h/x", "/x?y", "mailto:a@b", "http://[::1]:8080/x", "x", "http://u:p@ss@H/"])
        {
            UrlParts parts = Url.Split(url);
            // Python's has no difference between a part that is empty and one that is not there.
            cases.Add((["urlsplit", url], new JsonArray(parts.Scheme ?? "", parts.Authority ?? "", parts.Path, parts.Query ?? "", parts.Fragment ?? "")));
            JsonNode? port = parts.Port is { } digits ? int.Parse(digits, CultureInfo.InvariantCulture) : null;
            cases.Add((["parts", url], new JsonArray(parts.Host?.Trim('[', ']').ToLowerInvariant(), port)));
        }

        await CompareAsync(cases);
    }

    [Theory]
    // RFC 3986 §5.2.2, strict: a reference with a scheme is absolute, also one with the base's.
    [InlineData("urljoin", "http://a/b/c", "http:g", "http://a/b/g", "http:g")]
    // A part that is there and empty stays.
    [InlineData("urljoin", "http://a/b/c", "g?#", "http://a/b/g", "http://a/b/g?#")]
    // A scheme that Python does not know is one too.
    [InlineData("urljoin", "foo://a/b/c", "g", "g", "foo://a/b/g")]
    // Dot segments of a reference with a host of its own are resolved as well.
    [InlineData("urljoin", "http://a/b/c", "//h/x/../y", "http://h/x/../y", "http://h/y")]
    public async Task Where_they_differ_it_is_meant(string function, string based, string reference, string theirs, string ours)
    {
        Assert.Equal(ours, Url.Join(based, reference));
        Assert.Equal(theirs, Assert.Single(await PythonAsync([[function, based, reference]]))!.GetValue<string>());
    }

    private async Task CompareAsync(List<(JsonArray Case, JsonNode? Ours)> cases)
    {
        List<JsonNode?> theirs = await PythonAsync([.. cases.Select(static one => one.Case)]);
        Assert.Equal(cases.Count, theirs.Count);
        string[] differences = [.. cases.Zip(theirs)
            .Where(static pair => !JsonNode.DeepEquals(pair.First.Ours, pair.Second))
            .Select(static pair => $"{pair.First.Case.ToJsonString()}: Python {pair.Second?.ToJsonString()}, here {pair.First.Ours?.ToJsonString()}")];
        Assert.Empty(differences);
    }

    private async Task<List<JsonNode?>> PythonAsync(JsonArray[] cases)
    {
        string script = Path.Combine(_directory.FullName, "run.py");
        string input = Path.Combine(_directory.FullName, "cases.jsonl");
        await File.WriteAllTextAsync(script, Script);
        await File.WriteAllLinesAsync(input, cases.Select(static one => one.ToJsonString()));
        ClientRun run = await ClientRun.StartAsync("python3", script, input);
        Assert.True(run.ExitCode == 0, run.Error);
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line))];
    }

    private static JsonArray Bytes(byte[] bytes) => [.. bytes.Select(static b => (JsonNode)(int)b)];

    private static JsonArray Pairs(IEnumerable<(string Name, string Value)> pairs) => [.. pairs.Select(static pair => new JsonArray(pair.Name, pair.Value))];

    private static JsonArray Lists(IReadOnlyDictionary<string, IReadOnlyList<string>> lists) =>
        [.. lists.Select(static list => new JsonArray(list.Key, new JsonArray([.. list.Value.Select(static value => (JsonNode)value)])))];

    private static string Text(Random random)
    {
        string[] pieces = ["a", "Z", "0", "-._~", " ", "+", "/", "%", "%2", "%41", "%c3%a9", "%E2%82", "%FF", "&", "=", ";", "?", "#", ":", "@", "\"", "<", "\u00e9", "\u20ac", "\uD83D\uDE42", "\n", "\0", "!*'()", "[", "\u0080"];
        var text = new StringBuilder();
        for (int i = random.Next(8); i > 0; i--) text.Append(pieces[random.Next(pieces.Length)]);
        return text.ToString();
    }

    private static string Query(Random random)
    {
        string[] pieces = ["a", "b", "=", "=", "&", "&", "+", "%26", "%3D", "%c3%a9", "%", ";", "\u00e9", "%ff", " "];
        var text = new StringBuilder();
        for (int i = random.Next(14); i > 0; i--) text.Append(pieces[random.Next(pieces.Length)]);
        return text.ToString();
    }
}
