namespace ProtocolClients.Transport.Tests.Grammar;

public sealed class UrlTextTests
{
    [Theory]
    [InlineData("HTTP://Example.ORG", "http://example.org/")]
    [InlineData("http://example.org.:80/", "http://example.org/")]
    [InlineData("http://h:/a", "http://h/a")]
    [InlineData("http://h:8080?q#f", "http://h:8080/?q#f")]
    [InlineData("http://h/a/../b/./c/..", "http://h/b/")]
    [InlineData("http://h/../../a", "http://h/a")]
    [InlineData("http://h/\u00E9\u200Ee\u0301?\u00FC#\uD83D\uDE42", "http://h/%C3%A9%E2%80%8Ee%CC%81?%C3%BC#%F0%9F%99%82")]
    [InlineData("http://h/%41%7e%2F%5c%25", "http://h/A~%2F%5c%25")]
    [InlineData("http://h/a|b^c{}", "http://h/a%7Cb%5Ec%7B%7D")]
    [InlineData("http://h/...", "http://h/...")]
    [InlineData("http://h/a/%2e%2ex", "http://h/a/..x")]
    [InlineData("http://h/?a=%2e%2e/%2e", "http://h/?a=../.")]
    [InlineData("http://u:p@ss@h/", "http://u:p%40ss@h/")]
    [InlineData("http://[::FFFF:7f00:1]/", "http://[::ffff:127.0.0.1]/")]
    [InlineData("imaps://b\u00FCcher.example/", "imaps://xn--bcher-kva.example/")]
    [InlineData("file:///a/b", "file:///a/b")]
    [InlineData("file:/a/b", "file:///a/b")]
    [InlineData("file://LocalHost/a/b", "file://localhost/a/b")]
    [InlineData("mailto:a@b", "mailto:a@b")]
    [InlineData("data:,%2e%2e/\u00E9", "data:,../%C3%A9")]
    public void What_both_standards_read_alike_is_one_object(string text, string expected)
    {
        Uri url = UrlText.Parse(text);
        Assert.Equal(expected, url.AbsoluteUri);
        Assert.Equal(expected, UrlText.Parse(expected).AbsoluteUri);
        Assert.Equal(expected, UrlText.Parse(url.OriginalString).AbsoluteUri);
    }

    [Theory]
    [InlineData("http:h", "is followed by //")]
    [InlineData("http:/h/", "is followed by //")]
    [InlineData("http:\\\\h\\", "a backslash")]
    [InlineData("http://h\\@i/", "a backslash")]
    [InlineData(" http://h/", "a blank")]
    [InlineData("http://h/a\tb", "a blank")]
    [InlineData("http://h/a\u007Fb", "a control character")]
    [InlineData("http://h/a\u3000b", "a blank")]
    [InlineData("http://h/100%", "write %25")]
    [InlineData("http://h/%zz?x", "write %25")]
    [InlineData("http://h/?q=%4", "write %25")]
    [InlineData("http://h/#%", "write %25")]
    [InlineData("http://u:50%@h/", "write %25")]
    [InlineData("http://h/a/%2e%2E/b", "a dot segment")]
    [InlineData("http://h/%2e", "a dot segment")]
    [InlineData("http://h/.%2e/", "a dot segment")]
    [InlineData("foo:/a/%2e./b", "a dot segment")]
    [InlineData("file:////h/x", "two slashes")]
    [InlineData("file:///.//h/x", "two slashes")]
    [InlineData("file:a", "begins with a slash")]
    [InlineData("file://h", "begins with a slash")]
    [InlineData("c://h/x", "do not fit")]
    [InlineData("c:/x", "do not fit")]
    [InlineData("file:///a%2fb", "encoded slash")]
    [InlineData("file:///a%5Cb", "encoded slash")]
    [InlineData("file:///C|/x", "followed by a colon")]
    [InlineData("http://127.1/", "not an IPv4 address")]
    [InlineData("http://0x7f000001/", "not an IPv4 address")]
    [InlineData("http:///h/", "names no host")]
    [InlineData("http://h:0/", "its port")]
    [InlineData("http://h:65536/", "its port")]
    [InlineData("http://h:+80/", "its port")]
    [InlineData("//h/x", "no scheme")]
    public void What_the_standards_read_differently_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(UrlText.TryParse(text, out Uri? url, out string? error));
        Assert.Null(url);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a b", "http://h/a%20b")]
    [InlineData("100%?x=%z", "http://h/d/100%25?x=%25z")]
    [InlineData("%2e%2E/x", "http://h/x")]
    [InlineData("http://i/a/%2e%2e/b%", "http://i/b%25")]
    [InlineData("/\u00E9\u200E", "http://h/%C3%A9%E2%80%8E")]
    [InlineData("//u:p@i/", "http://i/")]
    public void A_reference_of_a_peer_is_repaired_as_every_client_does(string reference, string expected)
    {
        Assert.True(UrlText.TryResolve(new Uri("http://h/d/e"), reference, out Uri? url, out _));
        Assert.Equal(expected, url.AbsoluteUri);
    }

    [Theory]
    [InlineData("HTTP://Example.TEST:80/a/../b?q#f")]
    [InlineData("http://b\u00fccher.test/\u00e4")]
    [InlineData("http://user:p%40ss@[2001:DB8::1]:8080/x")]
    [InlineData("ftp://host.test/dir/file;type=i")]
    public void Its_own_text_is_read_as_the_same_url_again_by_any_thread(string text)
    {
        Uri first = UrlText.Parse(text);
        Assert.Same(first, UrlText.Parse(first.OriginalString));
        // The same letters, without what this thread remembers.
        UrlText.Parse("http://other.test/");
        Uri again = UrlText.Parse(new string(first.OriginalString));
        Assert.NotSame(first, again);
        Assert.Equal((first.AbsoluteUri, first.OriginalString), (again.AbsoluteUri, again.OriginalString));
    }
}
