using System.Text;
using Xunit;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>Names of hosts in any script by UTS #46: what is mapped, what is refused.</summary>
public sealed class IdnaTests
{
    [Theory]
    [InlineData("fa\u00DF.de", "xn--fa-hia.de")]
    [InlineData("Fa\u1E9E.de", "xn--fa-hia.de")]
    [InlineData("\u03B2\u03CC\u03BB\u03BF\u03C2.com", "xn--nxasmm1c.com")]
    [InlineData("\u0DC1\u0DCA\u200D\u0DBB\u0DD3.com", "xn--10cl1a0b660p.com")]
    [InlineData("\u0646\u0627\u0645\u0647\u200C\u0627\u06CC.com", "xn--mgba3gch31f060k.com")]
    [InlineData("\u2163.example", "iv.example")]
    [InlineData("\uFF41\u3002\uFF42\uFF0E\uFF43\uFF61d", "a.b.c.d")]
    [InlineData("so\u00ADft.example", "soft.example")]
    [InlineData("B\u00DCcher", "xn--bcher-kva")]
    [InlineData("bu\u0308cher", "xn--bcher-kva")]
    [InlineData("XN--BCHER-KVA", "xn--bcher-kva")]
    [InlineData("\uFF38N--bcher-kva", "xn--bcher-kva")]
    [InlineData("\u05D0\u05D1.\u05D2\u05D31", "xn--4dbc.xn--1-3hcd")]
    [InlineData("\u05D0\u05B0", "xn--7cb7d")]
    [InlineData("\uAC00\uD7A3", "xn--o39an14f")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF.kr", "xn--bj0bj06e.kr")]
    [InlineData("\U0001F600.example", "xn--e28h.example")]
    [InlineData("\U00020000", "xn--j50i")]
    [InlineData("a..b.", "a..b.")]
    [InlineData("-a--b-\u00E9", "xn---a--b--gva")]
    [InlineData("", "")]
    public void What_is_mapped(string name, string ascii)
    {
        Assert.Equal(ascii, Idna.ToAscii(name));
        Assert.Equal(ascii, Idna.ToAscii(ascii));
    }

    [Theory]
    [InlineData("\u0378", "no character")]
    [InlineData("a\u0085b", "a control")]
    [InlineData("a\u2028b", "a separator")]
    [InlineData("a\uFFFDb", "the mark of what could not be read")]
    [InlineData("\u0301a", "begins with a mark")]
    [InlineData("a.\u0301b", "a label begins with a mark")]
    [InlineData("a\u200Cb", "a joiner between what does not join")]
    [InlineData("a\u200Db", "a joiner without a virama")]
    [InlineData("\u200D", "a joiner alone")]
    [InlineData("\u0628\u200D\u0628", "a joiner between what joins anyway")]
    [InlineData("xn--", "an A-label of nothing")]
    [InlineData("xn--a", "an A-label that ends too soon")]
    [InlineData("xn--abc-", "an A-label of ASCII")]
    [InlineData("xn--\u00FC", "an A-label that is none")]
    [InlineData("xn--ASCII!-", "an A-label of ASCII")]
    [InlineData("xn--zca\u0301", "an A-label with a mark")]
    [InlineData("xn---tda", "a second way to write what xn--tda is")]
    [InlineData("xn--99999999", "an A-label beyond the last character")]
    [InlineData("xn--wca", "an A-label of a capital")]
    [InlineData("xn--bucher-xyd", "an A-label out of normal form")]
    [InlineData("xn--xn---epa", "an A-label that says an A-label")]
    [InlineData("xn--1ch.xn--", "one of two")]
    [InlineData("a\u05D0", "both directions in a label")]
    [InlineData("\u05D0a", "both directions in a label")]
    [InlineData("1.\u05D0", "a label of digits beside one from right to left")]
    [InlineData("\u05D0\u06601", "two kinds of digits")]
    [InlineData("\u05D0-", "ends with neither letter nor digit")]
    public void What_is_refused(string name, string why) => Assert.True(Idna.ToAscii(name) is null, why);

    [Fact]
    public void Half_a_surrogate_pair_is_no_name()
    {
        Assert.Null(Idna.ToAscii("a\uD800b"));
        Assert.Null(Idna.ToAscii("\uDC00\uD800"));
        Assert.NotNull(Idna.ToAscii("\uD83D\uDE00"));
    }

    [Fact]
    public void What_comes_out_comes_out_again()
    {
        for (int c = 0; c <= 0x10FFFF; c++)
        {
            if (!Rune.IsValid(c) || Idna.ToAscii(new Rune(c) + "\u4E00") is not { } ascii) continue;
            Assert.True(Ascii.IsValid(ascii), $"U+{c:X4}");
            Assert.Equal(ascii, Idna.ToAscii(ascii));
        }
    }

    // A page of thousands of links has as many names, and a label is written in the square of its length.
    [Fact]
    public void A_label_that_fits_in_no_name_is_refused()
    {
        Assert.NotNull(Idna.ToAscii(new string('\u4E00', 255)));
        Assert.Null(Idna.ToAscii(new string('\u4E00', 256)));
        Assert.Null(Idna.ToAscii("a" + string.Concat(Enumerable.Repeat("\u0301\u0316", 2000))));
        Assert.Null(Idna.ToAscii(new string('\u3316', 4000)));
        Assert.Null(Idna.ToAscii("xn--" + new string('9', 4000)));
        Assert.NotNull(Idna.ToAscii(new string('a', 4000)));
    }
}
