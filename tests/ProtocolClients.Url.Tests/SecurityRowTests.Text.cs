using System.Text;

namespace ProtocolClients.UrlTests;

/// <summary>The rows about text that is parsed.</summary>
public sealed partial class SecurityRowTests
{
    private const int Million = 1_000_000;

    [Theory]
    [InlineData("&")]
    [InlineData("=")]
    [InlineData("&=")]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("+")]
    [InlineData("%C3")]
    [InlineData("a%41")]
    [InlineData("../")]
    [InlineData("#?")]
    [InlineData(":/@[")]
    public async Task Row_45_a_million_characters_of_a_query_or_a_path_are_read_in_linear_work(string middle)
    {
        string text = Repeat(middle);
        // Work that grew with the square would take hours.
        await Task.Run(() =>
        {
            _ = Url.ParseQuery(text, int.MaxValue);
            _ = Url.Quote(Url.Unquote(text));
            _ = Url.UnquoteToBytes(text);
            _ = Url.Join("http://h/" + text, text);
            _ = Url.Split(text).Host;
            Refused(() => DataUrl.Parse("data:" + text));
            Refused(() => DataUrl.Parse("data:," + text));
            Refused(() => DataUrl.Parse("data:;base64," + text));
        }).WaitAsync(Safety);
    }

    [Theory]
    [InlineData("{a}")]
    [InlineData("{/a}{;a}{?a}")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("{a,")]
    [InlineData("{a.")]
    [InlineData("{+a}-")]
    public async Task Row_45_a_million_characters_of_a_template_are_read_in_linear_work(string middle)
    {
        string text = Repeat(middle);
        await Task.Run(() =>
        {
            if (!UrlTemplate.TryParse(text, out UrlTemplate? template, out _)) return;
            _ = template.Expand(("a", "x"));
            _ = template.TryMatch("/x;a=x?a=x", out _);
        }).WaitAsync(Safety);
    }

    [Theory]
    [InlineData("Disallow: /*", "a", "a", "b")]
    [InlineData("Disallow: /*", "a*", "a", "b")]
    [InlineData("Disallow: /*", "*", "a", "b")]
    [InlineData("Disallow: /", "*a*b", "ab", "c$")]
    [InlineData("User-agent: ", "a", "/", "")]
    [InlineData("", ":", "/", "")]
    [InlineData("", "\r", "/", "")]
    [InlineData("", "User-agent: b\n", "/", "")]
    [InlineData("Disallow: /", "%", "%", "b")]
    public async Task Row_45_half_a_million_characters_of_robots_txt_are_read_and_matched_in_linear_work(string head, string middle, string path, string tail)
    {
        string text = "User-agent: *\n" + head + Repeat(middle)[..(RobotsRules.MaxBytes - 100)] + tail;
        string asked = "/" + Repeat(path);
        await Task.Run(() => RobotsRules.Parse(text).Allows("bot", asked)).WaitAsync(Safety);
    }

    [Fact]
    public async Task Row_45_many_agents_before_many_rules_take_the_room_of_both_and_not_of_their_product()
    {
        var text = new StringBuilder();
        for (int i = 0; text.Length < RobotsRules.MaxBytes / 2; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"user-agent:b{i}\n");
        while (text.Length < RobotsRules.MaxBytes - 100) text.Append("allow:a\ncrawl-delay:1\n");
        (RobotsRules rules, long allocated) = await Task.Run(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            RobotsRules read = RobotsRules.Parse(text.ToString());
            return (read, GC.GetAllocatedBytesForCurrentThread() - before);
        }).WaitAsync(Safety);
        Assert.Equal(TimeSpan.FromSeconds(1), rules.CrawlDelay("b7"));
        // The product would be gigabytes.
        Assert.InRange(allocated, 0, 400_000_000);
    }

    [Theory]
    [InlineData("a=1;b=2", "a", "1;b=2")]
    [InlineData("a=1%26b=2", "a", "1&b=2")]
    [InlineData("a=1%3Bb=2", "a", "1;b=2")]
    [InlineData("?a;b=2", "a;b", "2")]
    public void Row_47_neither_a_semicolon_nor_an_encoded_ampersand_separates(string query, string name, string value)
    {
        Assert.Equal([(name, value)], Url.ParseQuery(query));
        Assert.Equal([value], Url.ParseQueryLists(query)[name]);
        Assert.Equal([(name, value)], Url.ParseQuery(Url.EncodeQuery((name, value))));
    }

    private static string Repeat(string middle) => new StringBuilder(Million + middle.Length).Insert(0, middle, Million / middle.Length).ToString();

    private static void Refused(Action parse)
    {
        try
        {
            parse();
        }
        catch (ArgumentException refusal) when (refusal.Message.StartsWith("Not a data: URL", StringComparison.Ordinal))
        {
            // As it should be.
        }
    }
}
