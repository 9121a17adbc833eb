namespace ProtocolClients.UrlTests;

public class UrlTextTests
{
    // RFC 3986 §5.4, with its base http://a/b/c/d;p?q; the last is the strict reading.
    [Theory]
    [InlineData("g:h", "g:h")]
    [InlineData("g", "http://a/b/c/g")]
    [InlineData("./g", "http://a/b/c/g")]
    [InlineData("g/", "http://a/b/c/g/")]
    [InlineData("/g", "http://a/g")]
    [InlineData("//g", "http://g")]
    [InlineData("?y", "http://a/b/c/d;p?y")]
    [InlineData("g?y", "http://a/b/c/g?y")]
    [InlineData("#s", "http://a/b/c/d;p?q#s")]
    [InlineData("g#s", "http://a/b/c/g#s")]
    [InlineData("g?y#s", "http://a/b/c/g?y#s")]
    [InlineData(";x", "http://a/b/c/;x")]
    [InlineData("g;x", "http://a/b/c/g;x")]
    [InlineData("g;x?y#s", "http://a/b/c/g;x?y#s")]
    [InlineData("", "http://a/b/c/d;p?q")]
    [InlineData(".", "http://a/b/c/")]
    [InlineData("./", "http://a/b/c/")]
    [InlineData("..", "http://a/b/")]
    [InlineData("../", "http://a/b/")]
    [InlineData("../g", "http://a/b/g")]
    [InlineData("../..", "http://a/")]
    [InlineData("../../", "http://a/")]
    [InlineData("../../g", "http://a/g")]
    [InlineData("../../../g", "http://a/g")]
    [InlineData("../../../../g", "http://a/g")]
    [InlineData("/./g", "http://a/g")]
    [InlineData("/../g", "http://a/g")]
    [InlineData("g.", "http://a/b/c/g.")]
    [InlineData(".g", "http://a/b/c/.g")]
    [InlineData("g..", "http://a/b/c/g..")]
    [InlineData("..g", "http://a/b/c/..g")]
    [InlineData("./../g", "http://a/b/g")]
    [InlineData("./g/.", "http://a/b/c/g/")]
    [InlineData("g/./h", "http://a/b/c/g/h")]
    [InlineData("g/../h", "http://a/b/c/h")]
    [InlineData("g;x=1/./y", "http://a/b/c/g;x=1/y")]
    [InlineData("g;x=1/../y", "http://a/b/c/y")]
    [InlineData("g?y/./x", "http://a/b/c/g?y/./x")]
    [InlineData("g?y/../x", "http://a/b/c/g?y/../x")]
    [InlineData("g#s/./x", "http://a/b/c/g#s/./x")]
    [InlineData("g#s/../x", "http://a/b/c/g#s/../x")]
    [InlineData("http:g", "http:g")]
    public void References_are_joined_as_the_rfc_says(string reference, string expected) =>
        Assert.Equal(expected, Url.Join("http://a/b/c/d;p?q", reference));

    [Fact]
    public void Text_is_quoted_and_unquoted_as_utf8()
    {
        Assert.Equal("a%20b/%C3%A9~%F0%9F%99%82", Url.Quote("a b/é~🙂"));
        Assert.Equal("a%2Fb", Url.Quote("a/b", string.Empty));
        Assert.Equal("a b/é~🙂", Url.Unquote("a%20b/%C3%A9~%F0%9F%99%82"));
        Assert.Equal("100%+\uFFFD%", Url.Unquote("100%+%FF%"));
    }

    [Fact]
    public void Queries_are_written_and_read()
    {
        Assert.Equal("a=1&b+c=x+y%26%2B&d=", Url.EncodeQuery(("a", "1"), ("b c", "x y&+"), ("d", string.Empty)));
        Assert.Equal([("a", "1"), ("b c", "x y&+"), ("d", string.Empty), ("e", string.Empty)], Url.ParseQuery("?a=1&&b+c=x+y%26%2B&d=&e"));
        Assert.Throws<ArgumentException>(() => Url.ParseQuery("a&b&c", limit: 2));
    }

    [Fact]
    public void Parts_are_split_and_put_together_as_they_stand()
    {
        UrlParts parts = Url.Split("http://u:p@[::1]:8080/a/b?c=d#e");
        Assert.Equal(("http", "u:p", "[::1]", "8080", "/a/b", "c=d", "e"), (parts.Scheme, parts.UserInfo, parts.Host, parts.Port, parts.Path, parts.Query, parts.Fragment));
        foreach (string text in (string[])["http://u:p@[::1]:8080/a/b?c=d#e", "mailto:a@b", "//h", "a/b?#", "", "?", "x:y:z", "1a:b"])
        {
            Assert.Equal(text, Url.Split(text).ToString());
        }

        Assert.Null(Url.Split("1a:b").Scheme);
    }
}
