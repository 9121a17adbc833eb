using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>Punycode with the samples of RFC 3492 §7.1.</summary>
public sealed class PunycodeTests
{
    public static TheoryData<string, string> Samples => new()
    {
        { "\u0644\u064A\u0647\u0645\u0627\u0628\u062A\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628\u064A\u061F", "egbpdaj6bu4bxfgehfvwxn" },
        { "\u4ED6\u4EEC\u4E3A\u4EC0\u4E48\u4E0D\u8BF4\u4E2D\u6587", "ihqwcrb4cv8a8dqg056pqjye" },
        { "\u4ED6\u5011\u7232\u4EC0\u9EBD\u4E0D\u8AAA\u4E2D\u6587", "ihqwctvzc91f659drss3x8bo0yb" },
        { "Pro\u010Dprost\u011Bnemluv\u00ED\u010Desky", "Proprostnemluvesky-uyb24dma41a" },
        { "\u05DC\u05DE\u05D4\u05D4\u05DD\u05E4\u05E9\u05D5\u05D8\u05DC\u05D0\u05DE\u05D3\u05D1\u05E8\u05D9\u05DD\u05E2\u05D1\u05E8\u05D9\u05EA", "4dbcagdahymbxekheh6e0a7fei0b" },
        { "\u092F\u0939\u0932\u094B\u0917\u0939\u093F\u0928\u094D\u0926\u0940\u0915\u094D\u092F\u094B\u0902\u0928\u0939\u0940\u0902\u092C\u094B\u0932\u0938\u0915\u0924\u0947\u0939\u0948\u0902", "i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd" },
        { "\u306A\u305C\u307F\u3093\u306A\u65E5\u672C\u8A9E\u3092\u8A71\u3057\u3066\u304F\u308C\u306A\u3044\u306E\u304B", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa" },
        { "Porqu\u00E9nopuedensimplementehablarenEspa\u00F1ol", "PorqunopuedensimplementehablarenEspaol-fmd56a" },
        { "T\u1EA1isaoh\u1ECDkh\u00F4ngth\u1EC3ch\u1EC9n\u00F3iti\u1EBFngVi\u1EC7t", "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g" },
        { "3\u5E74B\u7D44\u91D1\u516B\u5148\u751F", "3B-ww4c5e180e575a65lsy2b" },
        { "\u5B89\u5BA4\u5948\u7F8E\u6075-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n" },
        { "Hello-Another-Way-\u305D\u308C\u305E\u308C\u306E\u5834\u6240", "Hello-Another-Way--fc4qua05auwb3674vfr0b" },
        { "\u3072\u3068\u3064\u5C4B\u6839\u306E\u4E0B2", "2-u9tlzr9756bt3uc0v" },
        { "Maji\u3067Koi\u3059\u308B5\u79D2\u524D", "MajiKoi5-783gue6qz075azm5e" },
        { "\u30D1\u30D5\u30A3\u30FCde\u30EB\u30F3\u30D0", "de-jg4avhby1noc0d" },
        { "\u305D\u306E\u30B9\u30D4\u30FC\u30C9\u3067", "d9juau41awczczp" },
        { "-> $1.00 <-", "-> $1.00 <--" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void The_samples_of_the_rfc(string text, string punycode)
    {
        int[] label = [.. text.EnumerateRunes().Select(static rune => rune.Value)];
        Assert.Equal(punycode, Punycode.Encode(label));
        List<int> read = [];
        Assert.True(Punycode.TryDecode(punycode, read));
        Assert.Equal(label, read);
    }

    [Fact]
    public void Any_label_comes_back()
    {
        var random = new Random(3492);
        for (int i = 0; i < 5000; i++)
        {
            List<int> label = [];
            int length = random.Next(1, 20);
            while (label.Count < length)
            {
                int character = random.Next(4) switch { 0 => random.Next(0x80), 1 => random.Next(0x800), 2 => random.Next(0x10000), _ => random.Next(0x110000) };
                if (Rune.IsValid(character)) label.Add(character);
            }

            List<int> read = [];
            Assert.True(Punycode.TryDecode(Punycode.Encode(CollectionsMarshal.AsSpan(label)), read));
            Assert.Equal(label, read);
        }
    }

    [Theory]
    [InlineData("\u00FC-abc")]
    [InlineData("-tda")]
    [InlineData("-")]
    [InlineData("abc_")]
    [InlineData("a-rc4g")]
    [InlineData("zzzz")]
    [InlineData("99999999999999999999")]
    public void What_is_none(string text) => Assert.False(Punycode.TryDecode(text, []));
}
