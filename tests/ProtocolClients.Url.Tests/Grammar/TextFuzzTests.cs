using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.UrlTests.Grammar;

/// <summary>Mutations of real texts: no exception but the one that says what is wrong, and the inverse is one. PROTOCOLCLIENTS_FUZZ_COUNT sets how many.</summary>
public sealed class TextFuzzTests
{
    private static readonly string[] Splices =
        ["%", "%2", "%41", "%C3%A9", "%FF", "+", "&", "=", ";", "?", "#", "/", "\\", " ", "{", "}", "*", ":", ",", ".", "{a}", "{?a,b}", ":3}", "\u00e9", "\uD83D\uDE42", "\0", "\n", "a", "base64", "data:"];

    [Fact]
    public void Queries_and_quoted_text()
    {
        var random = new Random(1);
        string[] corpus = ["a=1&b=x+y%26&c=&d", "?q=caf%C3%A9&q=2&&=", "name=value;x"];
        for (int round = 0; round < Fuzz.Count; round++)
        {
            string text = Mutate(random, corpus);
            IReadOnlyList<(string Name, string Value)> pairs = Url.ParseQuery(text);
            Assert.Equal(pairs, Url.ParseQuery(Url.EncodeQuery([.. pairs])));
            Assert.Equal(pairs.Count, Url.ParseQueryLists(text).Sum(static list => list.Value.Count));
            Assert.Equal(text, Url.Unquote(Url.Quote(text)));
            Assert.Equal(text, Url.UnquotePlus(Url.QuotePlus(text, "&=")));
            byte[] bytes = Url.UnquoteToBytes(text);
            Assert.Equal(bytes, Url.UnquoteToBytes(Url.QuoteBytes(bytes)));
            Assert.Equal(text, Url.Split(text).ToString());
        }
    }

    [Fact]
    public void Templates()
    {
        var random = new Random(2);
        string[] corpus = ["/{user}/repos{?page,sort}", "{+path}{#frag:3}", "x{/list*}{;keys*}{&a,b}"];
        (string, TemplateValue)[] values = [("user", "ann b"), ("page", 2), ("path", "/a%2F/\u00e9"), ("list", new[] { "x", "y/z" }), ("keys", new[] { ("k", (string?)"v"), ("l", "") }), ("a", ""), ("b", "\uD83D\uDE42%")];
        int parsed = 0;
        for (int round = 0; round < Fuzz.Count; round++)
        {
            string text = Mutate(random, corpus);
            if (!UrlTemplate.TryParse(text, out UrlTemplate? template, out string? error))
            {
                Assert.Contains("at character ", error, StringComparison.Ordinal);
                continue;
            }

            parsed++;
            try
            {
                string expanded = template.Expand(values);
                Assert.True(Ascii.IsValid(expanded) && !expanded.Contains('{', StringComparison.Ordinal), text);
                if (template.TryMatch(expanded, out IReadOnlyDictionary<string, string>? found))
                {
                    Assert.Equal(expanded, template.Expand(found.ToDictionary(static pair => pair.Key, static pair => (TemplateValue)pair.Value)));
                }
            }
            catch (ArgumentException refusal)
            {
                Assert.Contains("prefix", refusal.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(parsed, Fuzz.Count / 10, Fuzz.Count);
    }

    [Fact]
    public void Data_urls()
    {
        var random = new Random(3);
        string[] corpus = ["data:text/plain;charset=utf-8,caf%C3%A9", "data:;base64,aGVsbG8=", "data:image/gif;a=\"b\";base64,R0lGODdh"];
        for (int round = 0; round < Fuzz.Count; round++)
        {
            string text = Mutate(random, corpus);
            if (!text.StartsWith("data:", StringComparison.Ordinal)) continue;
            try
            {
                var data = DataUrl.Parse(text);
                Assert.Equal(-1, data.MediaType.AsSpan().IndexOfAny('\r', '\n', '\0'));
                Assert.Contains('/', data.Type);
                _ = data.Charset;
                Assert.Equal(data.Bytes, DataUrl.Parse("data:;base64," + Convert.ToBase64String(data.Bytes)).Bytes);
                Assert.Equal(data.Bytes, DataUrl.Parse("data:," + Url.QuoteBytes(data.Bytes)).Bytes);
            }
            catch (ArgumentException refusal)
            {
                Assert.StartsWith("Not a data: URL", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    private static string Mutate(Random random, string[] corpus)
    {
        var text = new StringBuilder(corpus[random.Next(corpus.Length)]);
        for (int changes = random.Next(0, 5); changes > 0 && text.Length > 0; changes--)
        {
            int at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    if (!char.IsSurrogate(text[at])) text[at] = (char)random.Next(random.Next(2) == 0 ? 0x80 : 0xD800);
                    break;
                case 1:
                    if (!char.IsLowSurrogate(text[at])) text.Insert(at, Splices[random.Next(Splices.Length)]);
                    break;
                case 2:
                    if (!char.IsSurrogate(text[at])) text.Remove(at, 1);
                    break;
                default:
                    text.Append(Splices[random.Next(Splices.Length)]);
                    break;
            }
        }

        return text.ToString();
    }
}
