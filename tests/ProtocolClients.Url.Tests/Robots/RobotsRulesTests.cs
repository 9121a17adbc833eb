using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.UrlTests.Robots;

public sealed class RobotsRulesTests
{
    // RFC 9309 §5.1
    private const string Simple = """
        User-Agent: *
        Disallow: *.gif$
        Disallow: /example/
        Allow: /publications/

        User-Agent: foobot
        Disallow:/
        Allow:/example/page.html
        Allow:/example/allowed.gif

        User-Agent: barbot
        User-Agent: bazbot
        Disallow: /example/page.html

        User-Agent: quxbot
        """;

    [Theory]
    [InlineData("otherbot", "/a.gif", false)]
    [InlineData("otherbot", "/a.gif?x", true)]
    [InlineData("otherbot", "/example/page.html", false)]
    [InlineData("otherbot", "/publications/a", true)]
    [InlineData("otherbot", "/other", true)]
    [InlineData("foobot", "/", false)]
    [InlineData("foobot", "/example/page.html", true)]
    [InlineData("foobot", "/example/allowed.gif", true)]
    [InlineData("foobot", "/example/other.gif", false)]
    [InlineData("barbot", "/example/page.html", false)]
    [InlineData("bazbot", "/example/page.html", false)]
    [InlineData("barbot", "/example/a.gif", true)]
    [InlineData("quxbot", "/example/page.html", true)]
    [InlineData("quxbot", "/a.gif", true)]
    public void The_simple_example_of_the_rfc(string agent, string path, bool allowed) =>
        Assert.Equal(allowed, RobotsRules.Parse(Simple).Allows(agent, path));

    [Fact]
    public void The_longest_match_of_the_rfc()
    {
        var rules = RobotsRules.Parse("User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n");
        Assert.False(rules.Allows("foobot", "https://example.com/example/page/disallowed.gif"));
        Assert.True(rules.Allows("foobot", "https://example.com/example/page/"));
    }

    [Fact]
    public void Groups_of_one_token_are_merged_wherever_they_stand()
    {
        // RFC 9309 §2.2.1
        var rules = RobotsRules.Parse("user-agent: ExampleBot\ndisallow: /foo\ndisallow: /bar\n\nuser-agent: other\ndisallow: /x\nuser-agent: EXAMPLEBOT\ndisallow: /baz\n");
        Assert.False(rules.Allows("ExampleBot", "/foo"));
        Assert.False(rules.Allows("examplebot", "/bar"));
        Assert.False(rules.Allows("examplebot/2.1 (+https://example.org)", "/baz"));
        Assert.True(rules.Allows("ExampleBot", "/x"));
        Assert.True(rules.Allows("ExampleBots", "/foo"));

        // Of two patterns alike the one that allows, also of another group, before it or behind it.
        var allowedLater = RobotsRules.Parse("user-agent: a\ndisallow: /foo\n\nuser-agent: other\ndisallow: /\n\nuser-agent: a\nallow: /foo\n");
        var allowedBefore = RobotsRules.Parse("user-agent: a\nallow: /foo\n\nuser-agent: other\ndisallow: /\n\nuser-agent: a\ndisallow: /foo\n");
        Assert.True(allowedLater.Allows("a", "/foo"));
        Assert.True(allowedBefore.Allows("a", "/foo"));
    }

    [Theory]
    [InlineData("Disallow: /x", "/X", true)]
    [InlineData("Disallow: /x", "/xy", false)]
    [InlineData("Disallow: /x/", "/x", true)]
    [InlineData("Disallow:", "/x", true)]
    [InlineData("Disallow: /\nAllow: /", "/x", true)]
    [InlineData("Allow: /\nDisallow: /", "/x", true)]
    [InlineData("Allow: /page\nDisallow: /*.htm", "/page.htm", false)]
    [InlineData("Allow: /p\nDisallow: /", "/page", true)]
    [InlineData("Allow: /folder\nDisallow: /folder", "/folder/page", true)]
    [InlineData("Allow: /$\nDisallow: /", "/", true)]
    [InlineData("Allow: /$\nDisallow: /", "/page.html", false)]
    [InlineData("Disallow: /fish*", "/fish.html?id=anything", false)]
    [InlineData("Disallow: /fish*", "/catfish", true)]
    [InlineData("Disallow: /*.php", "/index?f=filename.php/", false)]
    [InlineData("Disallow: /*.php$", "/filename.php", false)]
    [InlineData("Disallow: /*.php$", "/filename.php5", true)]
    [InlineData("Disallow: /*.php$", "/a.php/b.php", false)]
    [InlineData("Disallow: /fish*.php", "/fishheads/catfish.php?parameters", false)]
    [InlineData("Disallow: /fish*.php", "/Fish.PHP", true)]
    [InlineData("Disallow: *", "/x", false)]
    [InlineData("Disallow: *$", "/x", false)]
    [InlineData("Disallow: $", "/x", true)]
    [InlineData("Disallow: /a**b", "/axxb", false)]
    [InlineData("Disallow: /a*b*c$", "/abcbc", false)]
    [InlineData("Disallow: /a*b*c$", "/acb", true)]
    [InlineData("Disallow: /ab*ab$", "/ab", true)]
    [InlineData("Disallow: /ab*ab$", "/abab", false)]
    [InlineData("Disallow: /a$b", "/a$b", false)]
    [InlineData("Disallow: /a$b", "/a", true)]
    [InlineData("Disallow: /a*bbbbbbbbbbbbbbbbbbbbc", "/abbbbbbbbbbbbbbbbbbbbbbbbc", false)]
    [InlineData("Disallow: /a*bbbbbbbbbbbbbbbbbbbbc", "/abbbbbbbbbbbbbbbbbbbbbbbbd", true)]
    // RFC 9309 §2.2.3
    [InlineData("Disallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html", false)]
    [InlineData("Disallow: /path/file-with-a-%2A.html", "/path/file-with-a-x.html", true)]
    [InlineData("Disallow: /path/foo-%24", "/path/foo-$", false)]
    [InlineData("Disallow: /path/foo-%24", "/path/foo-", true)]
    // RFC 9309 §2.2.2
    [InlineData("Disallow: /foo/bar?baz=quz", "/foo/bar?baz=quz", false)]
    [InlineData("Disallow: /foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false)]
    [InlineData("Disallow: /foo/bar?baz=https%3a%2f%2ffoo.bar", "/foo/bar?baz=https://foo.bar", false)]
    [InlineData("Disallow: /foo/bar/\u30C4", "/foo/bar/%E3%83%84", false)]
    [InlineData("Disallow: /foo/bar/%E3%83%84", "/foo/bar/\u30C4", false)]
    [InlineData("Disallow: /foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", false)]
    [InlineData("Disallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false)]
    [InlineData("Disallow: /foo/bar/baz", "/foo/bar/%62%61%7A", false)]
    [InlineData("Disallow: /a%2Fb", "/a/b", true)]
    [InlineData("Disallow: /a/b", "/a%2Fb", true)]
    [InlineData("Disallow: /a b", "/a%20b", false)]
    [InlineData("Disallow: /a%", "/a%zz", false)]
    [InlineData("Disallow: /foo/quz#qux", "/foo/quz", false)]
    [InlineData("Disallow: /foo", "/x#/foo", true)]
    [InlineData("Disallow: /", "/robots.txt", true)]
    [InlineData("Disallow: /", "", false)]
    public void Patterns_match_as_the_rfc_says(string rules, string path, bool allowed) =>
        Assert.Equal(allowed, RobotsRules.Parse("User-agent: *\n" + rules).Allows("bot", path));

    [Theory]
    [InlineData("User-agent: bot\r\nDisallow: /\r\n")]
    [InlineData("User-agent: bot\rDisallow: /")]
    [InlineData("\uFEFFUser-agent: bot\nDisallow: /")]
    [InlineData("USER-AGENT : bot # comment\n\n\ndisallow\t:\t/ # all")]
    [InlineData("nonsense\nuser-agent: bot\nSitemap: https://a/b\nunknown: x\nuser-agent: *\nDisallow: /")]
    [InlineData("user-agent: bot/2.1\nDisallow: /")]
    [InlineData("user-agent: bot other\nDisallow: /")]
    public void Lines_are_read_leniently(string text) => Assert.False(RobotsRules.Parse(text).Allows("Bot", "/x"));

    [Theory]
    [InlineData("Disallow: /\nUser-agent: bot\nAllow: /y")]
    [InlineData("User-agent: bot\nDisallow /")]
    [InlineData("User-agent:\nDisallow: /")]
    [InlineData("User-agent: **\nDisallow: /")]
    [InlineData("User-agent: ツ\nDisallow: /")]
    [InlineData("<html><body>Not found</body></html>")]
    [InlineData("")]
    public void What_says_nothing_known_forbids_nothing(string text) => Assert.True(RobotsRules.Parse(text).Allows("bot", "/x"));

    [Fact]
    public void Delays_rates_and_sitemaps_are_read()
    {
        var rules = RobotsRules.Parse("""
            Sitemap: https://example.org/a.xml
            User-agent: a
            Crawl-delay: 2.5
            Request-rate: 3/15
            User-agent: b
            Disallow: /x
            sitemap: https://example.org/b.xml
            User-agent: c
            Crawl-delay: soon
            Request-rate: 1/0
            Disallow: /c
            User-agent: d
            crawl-delay: 1
            Request-rate: 1/5m 0900-1700
            User-agent: a
            Crawl-delay: 1
            Crawl-delay: 99999999999999999999
            Crawl-delay: -Infinity
            Crawl-delay: Infinity
            Crawl-delay: NaN
            Crawl-delay: -1
            """);
        Assert.Equal(TimeSpan.FromSeconds(2.5), rules.CrawlDelay("A"));
        Assert.Equal(new RobotsRequestRate(3, TimeSpan.FromSeconds(15)), rules.RequestRate("a/1"));
        Assert.Null(rules.CrawlDelay("b"));
        Assert.Null(rules.CrawlDelay("c"));
        Assert.Null(rules.RequestRate("c"));
        Assert.Equal(new RobotsRequestRate(1, TimeSpan.FromMinutes(5)), rules.RequestRate("d"));
        Assert.Null(rules.CrawlDelay("unknown"));
        Assert.Equal(["https://example.org/a.xml", "https://example.org/b.xml"], rules.Sitemaps);
        // Not a rule, so no end of the group: a and b have this one together.
        Assert.False(rules.Allows("a", "/x"));
        Assert.False(rules.Allows("b", "/x"));
    }

    [Fact]
    public void Beyond_the_limit_nothing_counts_and_half_a_line_least_of_all()
    {
        string head = "User-agent: *\nDisallow: /first\n";
        string filler = new('#', RobotsRules.MaxBytes - head.Length - "\nDisallow: /".Length);
        var rules = RobotsRules.Parse(head + filler + "\nDisallow: /second\nDisallow: /third\n");
        Assert.False(rules.Allows("bot", "/first"));
        Assert.True(rules.Allows("bot", "/second"));
        Assert.True(rules.Allows("bot", "/third"));
        Assert.True(rules.Allows("bot", "/other"));
        Assert.True(RobotsRules.Parse(new byte[RobotsRules.MaxBytes + 5]).Allows("bot", "/"));
    }

    [Fact]
    public void Agents_and_urls_that_are_none_are_refused()
    {
        var rules = RobotsRules.Parse(Simple);
        Assert.Throws<ArgumentException>(() => rules.Allows("", "/"));
        Assert.Throws<ArgumentException>(() => rules.Allows("(x)", "/"));
        Assert.Throws<ArgumentException>(() => rules.CrawlDelay("*"));
        Assert.Throws<ArgumentException>(() => rules.Allows("bot", "relative"));
        Assert.True(RobotsRules.AllowAll.Allows("bot", "/x"));
        Assert.False(RobotsRules.DisallowAll.Allows("bot", "/x"));
        Assert.True(RobotsRules.DisallowAll.Allows("bot", "/robots.txt"));
    }

    [Fact]
    public void Any_bytes_are_rules_and_any_pattern_is_matched_as_a_plain_search_does()
    {
        var random = new Random(9309);
        string[] words = ["User-agent: bot\n", "Disallow: ", "Allow: ", "/", "*", "$", "a", "ab", "%", "%2", "%2F", "%61", "?", "#", "\r", "\n", "\0", "\u30C4", " ", "Crawl-delay: 1", "Crawl-delay: ", "-Infinity", "Request-rate: 1/"];
        for (int round = 0; round < Fuzz.Count; round++)
        {
            var text = new StringBuilder();
            for (int i = random.Next(30); i > 0; i--) text.Append(words[random.Next(words.Length)]);
            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            if (bytes.Length > 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var any = RobotsRules.Parse(bytes);
            any.Allows("bot", "/ab?a");
            any.CrawlDelay("bot");
            any.RequestRate("bot");

            string pattern = "/" + new string(random.GetItems<char>("ab*"u8.ToArray().Select(b => (char)b).ToArray(), random.Next(12))) + (random.Next(3) == 0 ? "$" : "");
            string path = "/" + new string(random.GetItems<char>(['a', 'b'], random.Next(12)));
            Assert.True(RobotsRules.Parse($"User-agent: *\nDisallow: {pattern}").Allows("bot", path) != Matches(pattern, path), $"{pattern} on {path}");
        }
    }

    /// <summary>The reference: every place a star may end is tried.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> path)
    {
        if (pattern.IsEmpty) return true;
        if (pattern is "$") return path.IsEmpty;
        if (pattern[0] != '*') return !path.IsEmpty && path[0] == pattern[0] && Matches(pattern[1..], path[1..]);
        for (int i = 0; i <= path.Length; i++)
        {
            if (Matches(pattern[1..], path[i..])) return true;
        }

        return false;
    }
}
