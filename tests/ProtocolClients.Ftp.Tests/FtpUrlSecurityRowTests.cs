namespace ProtocolClients.Ftp.Tests;

/// <summary>Rows of the list of advisories that URLs of FTP show.</summary>
public sealed class FtpUrlSecurityRowTests
{
    [Theory]
    [InlineData("ftp://h/%0D%0ADELE%20x")]
    [InlineData("ftp://h/a%0Ab")]
    [InlineData("ftp://h/a%0d")]
    [InlineData("ftp://h/a%00")]
    [InlineData("ftp://h/a/%0A/b;type=a")]
    [InlineData("ftp://h/%2F%0A")]
    [InlineData("ftps://h/a?%0A")]
    [InlineData("ftp://ann%0D%0ADELE%20x@h/a")]
    [InlineData("ftp://ann:secret%0AX@h/a")]
    [InlineData("ftp://ann:secret%00@h/a")]
    public void Row_19_what_ends_a_command_early_is_refused_after_decoding(string text)
    {
        ArgumentException failure = Assert.Throws<ArgumentException>(() => FtpUrl.Parse(text));
        Assert.DoesNotContain("DELE", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FtpUrl.From(new Uri(text)));
    }

    [Fact]
    public void Row_19_a_second_decoding_does_not_happen() => Assert.Equal("%0D%0A", FtpUrl.Parse("ftp://h/%250D%250A").Path.ToString());
}
