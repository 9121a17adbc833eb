using System.Text;

namespace ProtocolClients.Ftp.Tests;

/// <summary>URLs of FTP (RFC 1738 §3.2).</summary>
public sealed class FtpUrlTests
{
    [Theory]
    // RFC 1738 §3.2.2
    [InlineData("ftp://myname@host.dom/%2Fetc/motd", "host.dom:21", "/etc/motd", "")]
    [InlineData("ftp://myname@host.dom/etc/motd", "host.dom:21", "etc/motd", "")]
    [InlineData("ftp://myname@host.dom//etc/motd", "host.dom:21", "/etc/motd", "")]
    [InlineData("ftp://h", "h:21", "", "dir")]
    [InlineData("ftp://h/", "h:21", "", "dir")]
    [InlineData("ftp://h/a", "h:21", "a", "")]
    [InlineData("ftp://h/a/", "h:21", "a", "dir")]
    [InlineData("ftp://h/a//b", "h:21", "a//b", "")]
    [InlineData("ftp://h/a/b/", "h:21", "a/b", "dir")]
    [InlineData("ftp://h//", "h:21", "/", "dir")]
    [InlineData("ftp://h/%2F", "h:21", "/", "dir")]
    [InlineData("ftp://h/%2f", "h:21", "/", "dir")]
    [InlineData("ftp://h/%2f/etc", "h:21", "/etc", "")]
    [InlineData("ftp://h/a/../b", "h:21", "b", "")]
    // types
    [InlineData("ftp://h/a;type=a", "h:21", "a", "Ascii")]
    [InlineData("ftp://h/a;type=I", "h:21", "a", "Image")]
    [InlineData("ftp://h/a;TYPE=d", "h:21", "a", "Directory dir")]
    [InlineData("ftp://h/;type=d", "h:21", "", "Directory dir")]
    [InlineData("ftp://h/a/;type=d", "h:21", "a", "Directory dir")]
    [InlineData("ftp://h/a;type=i/b", "h:21", "a;type=i/b", "")]
    [InlineData("ftp://h/A.TXT;1", "h:21", "A.TXT;1", "")]
    [InlineData("ftp://h/A.TXT;1;type=a", "h:21", "A.TXT;1", "Ascii")]
    [InlineData("ftp://h/a%3Btype=a", "h:21", "a;type=a", "")]
    // names
    [InlineData("ftp://h/gr%C3%BC%C3%9Fe", "h:21", "grüße", "")]
    [InlineData("ftp://h/grüße", "h:21", "grüße", "")]
    [InlineData("ftp://h/a%20b+c", "h:21", "a b+c", "")]
    [InlineData("ftp://h/100%25", "h:21", "100%", "")]
    [InlineData("ftp://h/a%5Cb", "h:21", "a\\b", "")]
    [InlineData("ftp://h/what?", "h:21", "what?", "")]
    [InlineData("ftps://h/what?x=1&y/z", "h:990", "what?x=1&y/z", "")]
    [InlineData("ftp://h/a%3Fb%23c", "h:21", "a?b#c", "")]
    [InlineData("ftp://h/a#part", "h:21", "a", "")]
    [InlineData("ftp://h/%1B%09", "h:21", "\u001b\t", "")]
    // hosts and ports
    [InlineData("ftps://h/a", "h:990", "a", "tls")]
    [InlineData("ftps://h:21/a", "h:21", "a", "tls")]
    [InlineData("ftp://h:2121/a", "h:2121", "a", "")]
    [InlineData("FTP://H.Example:2121/a", "h.example:2121", "a", "")]
    [InlineData("ftp://[::1]:2121/a", "::1:2121", "a", "")]
    [InlineData("ftp://127.0.0.1/a", "127.0.0.1:21", "a", "")]
    [InlineData("ftp://bücher.example/a", "xn--bcher-kva.example:21", "a", "")]
    public void A_URL(string text, string host, string path, string facts)
    {
        var url = FtpUrl.Parse(text);
        Assert.Equal(host, $"{url.Host}:{url.Port}");
        Assert.Equal(FtpPath.FromString(path), url.Path);
        if (text.StartsWith("ftps", StringComparison.Ordinal) && facts.Length == 0) facts = "tls";
        Assert.Equal(facts, string.Join(' ', Facts(url)));
    }

    [Theory]
    [InlineData("ftp://h/a", null)]
    [InlineData("ftp://ann@h/a", "ann ")]
    [InlineData("ftp://ann:@h/a", "ann ")]
    [InlineData("ftp://ann:s%40cret%3A1@h/a", "ann s@cret:1")]
    [InlineData("ftp://ann:a:b@h/a", "ann a:b")]
    [InlineData("ftp://:x@h/a", " x")]
    public void Its_user(string text, string? expected)
    {
        var url = FtpUrl.Parse(text);
        Assert.Equal(expected, url.Credentials is { } credentials ? $"{credentials.User} {credentials.Secret!.Reveal()}" : null);
        Assert.DoesNotContain("@", url.ToString(), StringComparison.Ordinal);
        Assert.Empty(url.Uri.UserInfo);
    }

    [Fact]
    public void A_path_that_is_no_text_is_bytes()
    {
        FtpPath path = FtpUrl.Parse("ftp://h/%2Fp/%E4%FF").Path;
        Assert.True(path.IsExact);
        Assert.Equal([(byte)'/', (byte)'p', (byte)'/', 0xE4, 0xFF], path.Encode(Encoding.UTF8).ToArray());
    }

    [Theory]
    [InlineData("http://h/a")]
    [InlineData("ftp:a")]
    [InlineData("ftp:///a")]
    [InlineData("ftp://h/a%2Fb")]
    [InlineData("ftp://h/a/%2Fb")]
    [InlineData("ftp://h/..%2F..%2Fetc/passwd")]
    [InlineData("ftp://h/%2F%2Fetc")]
    [InlineData("ftp://h//%2Fetc")]
    [InlineData("ftp://h/%2F..%2f")]
    [InlineData("ftp://h/a;type=x")]
    [InlineData("ftp://h/a;type=")]
    [InlineData("ftp://h/a;type=ai")]
    [InlineData("ftp://h/%zz")]
    [InlineData("ftp://h/a b")]
    [InlineData("ftp://h/a\\b")]
    [InlineData("ftp://h/%2e%2e/a")]
    [InlineData("ftp://h/a/.;type=d")]
    [InlineData("ftp://h/..;type=d")]
    [InlineData("ftp://h/%2F../a")]
    public void What_is_refused(string text) => Assert.Throws<ArgumentException>(() => FtpUrl.Parse(text));

    [Fact]
    public void A_relative_URL_is_refused() => Assert.Throws<ArgumentException>(() => FtpUrl.From(new Uri("a/b", UriKind.Relative)));

    [Theory]
    [InlineData("ftp", "h", 21, "", "ftp://h/")]
    [InlineData("ftp", "h", 21, "/", "ftp://h/%2F")]
    [InlineData("ftp", "h", 21, "a/b", "ftp://h/a/b")]
    [InlineData("ftp", "h", 21, "/etc/motd", "ftp://h/%2Fetc/motd")]
    [InlineData("ftp", "h", 21, "//etc", "ftp://h///etc")]
    [InlineData("ftp", "h", 21, "a//b", "ftp://h/a//b")]
    [InlineData("ftps", "h", 990, "a", "ftps://h/a")]
    [InlineData("ftps", "h", 21, "a", "ftps://h:21/a")]
    [InlineData("ftp", "h", 990, "a", "ftp://h:990/a")]
    [InlineData("ftp", "::1", 21, "a", "ftp://[::1]/a")]
    [InlineData("ftp", "[::1]", 2121, "a", "ftp://[::1]:2121/a")]
    [InlineData("ftp", "h", 21, "a b;type=a?#%\\ü~.", "ftp://h/a%20b%3Btype%3Da%3F%23%25%5C%C3%BC~.")]
    [InlineData("ftp", "h", 21, ".../..a/a..", "ftp://h/.../..a/a..")]
    public void Both_ways(string scheme, string host, int port, string path, string expected)
    {
        Uri url = FtpUrl.Create(scheme, host, port, path);
        Assert.Equal(expected, url.AbsoluteUri);
        var read = FtpUrl.From(url);
        Assert.Equal((scheme == "ftps", host.Trim('[', ']'), port, FtpPath.FromString(path)), (read.IsImplicitTls, read.Host, read.Port, read.Path));
        Assert.Equal(FtpUrlType.Image, FtpUrl.From(FtpUrl.Create(scheme, host, port, path, type: FtpUrlType.Image)).Type);
    }

    [Fact]
    public void Bytes_both_ways()
    {
        byte[] bytes = [(byte)'/', 0xE4, (byte)'/', 0xFF];
        Uri url = FtpUrl.Create("ftp", "h", 21, FtpPath.FromBytes(bytes));
        Assert.Equal("ftp://h/%2F%E4/%FF", url.AbsoluteUri);
        Assert.Equal(bytes, FtpUrl.From(url).Path.Encode(Encoding.UTF8).ToArray());
        // What is text in the connection's encoding is written as text, and is the same bytes again when it is sent.
        Uri latin = FtpUrl.Create("ftp", "h", 21, FtpPath.FromBytes(bytes), Encoding.Latin1);
        Assert.Equal("ftp://h/%2F%C3%A4/%C3%BF", latin.AbsoluteUri);
        Assert.Equal(bytes, FtpUrl.From(latin).Path.Encode(Encoding.Latin1).ToArray());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("/.")]
    [InlineData("a\rb")]
    [InlineData("a\0")]
    public void A_path_that_no_URL_names(string path) => Assert.Throws<ArgumentException>(() => FtpUrl.Create("ftp", "h", 21, path));

    [Fact]
    public void Parts_that_no_URL_has()
    {
        Assert.Throws<ArgumentException>(() => FtpUrl.Create("http", "h", 21, "a"));
        Assert.Throws<ArgumentException>(() => FtpUrl.Create("ftp", "", 21, "a"));
        Assert.Throws<ArgumentException>(() => FtpUrl.Create("ftp", "h/x", 21, "a"));
        Assert.Throws<ArgumentOutOfRangeException>(() => FtpUrl.Create("ftp", "h", 0, "a"));
        Assert.Throws<ArgumentOutOfRangeException>(() => FtpUrl.Create("ftp", "h", 65536, "a"));
        Assert.Throws<ArgumentOutOfRangeException>(() => FtpUrl.Create("ftp", "h", 21, "a", type: (FtpUrlType)9));
    }

    private static IEnumerable<string> Facts(FtpUrl url)
    {
        if (url.Type != FtpUrlType.None) yield return url.Type.ToString();
        if (url.IsDirectory) yield return "dir";
        if (url.IsImplicitTls) yield return "tls";
    }
}
