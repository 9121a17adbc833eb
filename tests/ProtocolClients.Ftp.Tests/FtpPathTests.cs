using System.Text;

namespace ProtocolClients.FtpTests;

public sealed class FtpPathTests
{
    [Theory]
    [InlineData("/pub", "a.txt", "/pub/a.txt")]
    [InlineData("/", "a.txt", "/a.txt")]
    [InlineData("", "a.txt", "a.txt")]
    [InlineData("pub/", "ä", "pub/ä")]
    public void A_name_is_put_behind_its_directory(string directory, string name, string path)
    {
        Assert.Equal(path, FtpPath.FromString(directory).Combine(name));
        Assert.Equal(path, FtpPath.FromBytes(Encoding.UTF8.GetBytes(directory)).Combine(FtpPath.FromBytes(Encoding.UTF8.GetBytes(name))).ToString());
    }

    [Fact]
    public void Bytes_that_are_no_text_stay_as_they_are()
    {
        FtpPath path = FtpPath.FromString("/p").Combine(FtpPath.FromBytes([0xE4, 0xFF]));
        Assert.Equal([(byte)'/', (byte)'p', (byte)'/', 0xE4, 0xFF], path.Encode(Encoding.UTF8).ToArray());
        Assert.True(path.IsExact);
    }
}
