using ProtocolClients.Transport;

namespace ProtocolClients.Transport.Tests.Files;

public class SafeFileNameTests
{
    [Theory]
    [InlineData("a.gz")]
    [InlineData(".profile")]
    [InlineData("naïve file (1).txt")]
    [InlineData("COM0RE.txt")]
    [InlineData("console")]
    public void An_ordinary_name_stays_itself(string name) => Assert.Equal(name, SafeFileName.Require(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../../x")]
    [InlineData("..\\x")]
    [InlineData("/abs")]
    [InlineData("C:x")]
    [InlineData("file.txt:stream")]
    [InlineData("CON")]
    [InlineData("nul.txt")]
    [InlineData("com1")]
    [InlineData("LPT9.log")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u001b[31m")]
    [InlineData("dot.")]
    [InlineData("blank ")]
    [InlineData(" blank")]
    [InlineData("a|b")]
    [InlineData("*")]
    [InlineData("a\u202egpj.exe")]
    [InlineData("\u2066a")]
    public void A_name_that_could_leave_its_folder_or_mean_another_thing_is_refused(string? name)
    {
        Assert.False(SafeFileName.IsSafe(name));
        Assert.Throws<ArgumentException>(() => SafeFileName.Require(name));
    }

    [Fact]
    public void A_name_over_255_bytes_is_refused()
    {
        Assert.True(SafeFileName.IsSafe(new string('ä', 127)));
        Assert.False(SafeFileName.IsSafe(new string('ä', 128)));
    }
}
