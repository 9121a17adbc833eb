using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>The Link field: the examples of RFC 8288 §3.5, the corners of appendix B, and noise.</summary>
public class LinkHeaderTests
{
    private static readonly Uri Base = new("http://example.com/a/b?c");

    [Fact]
    public void The_examples_of_the_rfc()
    {
        HttpLink one = Assert.Single(LinkHeader.Parse("<http://example.com/TheBook/chapter2>; rel=\"previous\"; title=\"previous chapter\"", Base));
        Assert.Equal(("http://example.com/TheBook/chapter2", "previous chapter"), (one.Target!.AbsoluteUri, one.Title));
        Assert.True(one.Is("previous"));

        one = Assert.Single(LinkHeader.Parse("</>; rel=\"http://example.net/foo\"", Base));
        Assert.Equal(("http://example.com/", "http://example.net/foo"), (one.Target!.AbsoluteUri, one.Relations[0]));

        one = Assert.Single(LinkHeader.Parse("</terms>; rel=\"copyright\"; anchor=\"#foo\"", Base));
        Assert.Equal("http://example.com/a/b?c#foo", one.Anchor!.AbsoluteUri);

        IReadOnlyList<HttpLink> two = LinkHeader.Parse(
            "</TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, </TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel", Base);
        Assert.Equal(["letztes Kapitel", "nächstes Kapitel"], two.Select(static link => link.Title));
        Assert.Equal(["/TheBook/chapter2", "/TheBook/chapter4"], two.Select(static link => link.Target!.AbsolutePath));

        one = Assert.Single(LinkHeader.Parse("<http://example.org/>; rel=\"start http://example.net/relation/other\"", Base));
        Assert.Equal(["start", "http://example.net/relation/other"], one.Relations);

        two = LinkHeader.Parse("<https://example.org/>; rel=\"start\", <https://example.org/index>; rel=\"index\"", Base);
        Assert.Equal(["start", "index"], two.Select(static link => link.Relations[0]));
    }

    [Theory]
    [InlineData("<a>;rel=next", "a:next")]
    [InlineData("  ,, <a> ; rel = next ,\t<b>;rel=\"prev\" , ", "a:next b:prev")]
    [InlineData("<a>; REL=NeXt", "a:next")]
    [InlineData("<a>; rel=next; rel=prev", "a:next")]
    [InlineData("<a,b;c>; title=\"x, <y>; rel=z\"; rel=next", "a,b;c:next")]
    [InlineData("<a>; title=\"q \\\" \\\\ , ;\"; rel=next, <b>; rel=up", "a:next b:up")]
    [InlineData("<>; rel=self", ":self")]
    [InlineData("<a>; rel", "")]
    [InlineData("<a>; rel=\"\"", "")]
    [InlineData("<a>; title=x", "")]
    [InlineData("<a>", "")]
    [InlineData("<a>; rel=next x <b>; rel=prev", "a:next|x|<b>")]
    [InlineData("<a>; rel=\"next\" x, <b>; rel=prev", "a:next")]
    [InlineData("<a>; rel=next, b; rel=prev, <c>; rel=up", "a:next")]
    [InlineData("<a; rel=next", "")]
    [InlineData("a; rel=next", "")]
    [InlineData("<a>; rel=\"next", "a:next")]
    [InlineData("<a>; rel=\"next\\", "a:next")]
    [InlineData("<a>;;; rel=next;", "a:next")]
    [InlineData("", "")]
    public void What_stands_before_a_fault_counts_and_nothing_behind_it(string field, string expected) =>
        Assert.Equal(expected, string.Join(' ', LinkHeader.Parse(field, Base).Select(static link => $"{link.TargetText}:{string.Join('|', link.Relations)}")));

    [Fact]
    public void Hints_are_kept_and_the_title_in_the_wider_alphabet_goes_first()
    {
        HttpLink link = Assert.Single(LinkHeader.Parse(
            "<x>; rel=alternate; title=plain; title*=utf-8''r%C3%A9sum%C3%A9; hreflang=de; hreflang=fr; type=\"text/html\"; media=\"screen\"; my=\"own\"", Base));
        Assert.Equal("résumé", link.Title);
        Assert.Equal(["de", "fr"], link.Languages);
        Assert.Equal(("text/html", "screen"), (link.MediaType, link.Media));
        Assert.Contains(("my", "own"), link.Parameters);
        foreach (string bad in (string[])["utf-8''%C3", "utf-8''%zz", "koi8-r''x", "none", "utf-8''%e"])
        {
            Assert.Equal("plain", Assert.Single(LinkHeader.Parse($"<x>; rel=a; title=plain; title*={bad}", Base)).Title);
        }
    }

    [Fact]
    public void A_target_is_resolved_or_null_and_never_carries_userinfo()
    {
        Assert.Equal("http://h.example/x", LinkHeader.Parse("<//u:p@h.example/x>; rel=a", Base)[0].Target!.AbsoluteUri);
        Assert.Equal("http://h.example/x", LinkHeader.Parse("<http://u:p@h.example/x>; rel=a")[0].Target!.AbsoluteUri);
        foreach (string bad in (string[])["http://h.example\\@evil/", "http://010.0.0.1/", "http://a b/", "ht\u0001tp://x/"]) Assert.Null(LinkHeader.Parse($"<{bad}>; rel=a", Base)[0].Target);
        Assert.Null(LinkHeader.Parse("<relative>; rel=a")[0].Target);
        Assert.Empty(LinkHeader.Parse(null));
    }

    [Fact]
    public void Noise_never_throws()
    {
        string[] corpus =
        [
            "<http://example.com/TheBook/chapter2>; rel=\"previous\"; title=\"previous chapter\"", "</terms>; rel=\"copyright\"; anchor=\"#foo\"",
            "</2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, </4>; rel=\"next\"", "<a>; rel=\"x\\\"y\", <b>; rel=next",
        ];
        string[] splices = ["<", ">", "\"", "\\", ";", ",", "=", "*", " ", "rel=", "title*=", "UTF-8''%", "'", "\0", "\u00ff", "://", "@", "["];
        var random = new Random(4);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            var text = new StringBuilder(corpus[random.Next(corpus.Length)]);
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                int at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(text.Length - at, random.Next(1, 5)));
                else text.Insert(at, splices[random.Next(splices.Length)]);
            }

            foreach (HttpLink link in LinkHeader.Parse(text.ToString(), Base)) Assert.NotEmpty(link.Relations);
        }
    }

    [Theory]
    [InlineData("<a>;")]
    [InlineData("<")]
    [InlineData(",")]
    [InlineData("<a>; rel=n, ")]
    [InlineData("<a>;x=\"\\\"")]
    [InlineData("<a>; hreflang=x;hreflang")]
    public async Task A_field_of_four_million_letters_is_read_in_one_pass(string piece)
    {
        string field = string.Concat(Enumerable.Repeat(piece, 4_000_000 / piece.Length));
        await Task.Run(() => LinkHeader.Parse(field, Base)).WaitAsync(TimeSpan.FromMinutes(2));
    }
}
