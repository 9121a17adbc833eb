using System.Text;
using Xunit;

namespace ProtocolClients.Transport.Tests.Unicode;

/// <summary>Normal form C, as UAX #15 shows it and as the platform's own data has it.</summary>
public sealed class NormalFormTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("A\u030A", "\u00C5")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("s\u0323\u0307", "\u1E69")]
    [InlineData("s\u0307\u0323", "\u1E69")]
    [InlineData("\u1E0B\u0323", "\u1E0D\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\uFB01", "\uFB01")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("a\u0300\u0300", "\u00E0\u0300")]
    [InlineData("a\u05AE\u0300", "\u00E0\u05AE")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("x\uD800", "x\uD800")]
    public void Form_c(string text, string normal) => Assert.Equal(normal, NormalForm.Of(text));

    // The platform's data may be older: what it leaves as it is proves nothing. It takes no noncharacters.
    [Fact]
    public void Each_character_as_on_the_platform()
    {
        int compared = 0;
        for (int c = 0x80; c <= 0x10FFFF; c++)
        {
            if (!Rune.IsValid(c) || (c & 0xFFFE) == 0xFFFE || c is >= 0xFDD0 and <= 0xFDEF) continue;
            string text = new Rune(c).ToString();
            string apart = text.Normalize(NormalizationForm.FormD);
            if (apart == text) continue;
            Assert.Equal(text.Normalize(), NormalForm.Of(text));
            Assert.Equal(apart.Normalize(), NormalForm.Of(apart));
            compared++;
        }

        Assert.True(compared > 13_000);
    }

    [Fact]
    public void Marks_in_any_order_as_on_the_platform()
    {
        var random = new Random(15);
        int[] some = [.. Enumerable.Range(0x300, 0x6F), .. Enumerable.Range(0x591, 0x2C), .. Enumerable.Range(0x64B, 0x15), 0x3099, 0x309A, 0x93C, 0x94D, 0xDCA, 0xDCF];
        string letters = "aeiousAEIOUS\u00E5\u0141\u03B1\u03C9\u05D0\u05E9\u0627\u0648\u304B\u30CF\u0915\u0928\u0DD9\uAC00\u1100\u1161\u11A8";
        for (int i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder();
            int length = random.Next(1, 7);
            for (int k = 0; k < length; k++)
            {
                if (random.Next(3) == 0) text.Append(letters[random.Next(letters.Length)]);
                else text.Append((char)some[random.Next(some.Length)]);
            }

            Assert.Equal(text.ToString().Normalize(), NormalForm.Of(text.ToString()));
        }
    }
}
