namespace ProtocolClients.Transport.Tests;

/// <summary>The rows about names that a server gives to files.</summary>
public sealed partial class SecurityRowTests
{
    [Theory]
    [InlineData("../../x")]
    [InlineData("..")]
    [InlineData("..\\x")]
    [InlineData("..%2Fx")]
    [InlineData("%2e%2e%2fx")]
    [InlineData("..%5Cx")]
    [InlineData("/abs")]
    [InlineData("%2Fabs")]
    [InlineData("C:x")]
    [InlineData("C%3Ax")]
    [InlineData("CON")]
    [InlineData("con.txt")]
    [InlineData("%43ON")]
    [InlineData("a%00b")]
    public void Row_31_a_servers_name_is_one_segment_or_refused_after_decoding(string name)
    {
        string decoded = Uri.UnescapeDataString(name);
        Assert.False(SafeFileName.IsSafe(decoded));
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => SafeFileName.Require(decoded));
        Assert.Equal("name", refusal.ParamName);
    }

    [Fact]
    public void Row_31_a_name_is_never_rewritten_and_decoded_only_once()
    {
        Assert.Equal("a b.gz", SafeFileName.Require("a b.gz"));
        // What is still encoded after one decoding is a plain name with a percent sign in it: no second reader turns it into a path.
        Assert.Equal("..%2Fx", SafeFileName.Require(Uri.UnescapeDataString("..%252Fx")));
    }
}
