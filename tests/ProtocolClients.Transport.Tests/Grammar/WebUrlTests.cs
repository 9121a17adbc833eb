namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>The URL Standard's rules, each by a case of our own.</summary>
public sealed class WebUrlTests
{
    [Theory]
    // Blanks around it, line ends in it.
    [InlineData(" \t\0http://exa\nmple.org/a\tb \r", "http://example.org/ab")]
    // Slashes of all kinds and numbers.
    [InlineData("http:example.org", "http://example.org/")]
    [InlineData("http:/example.org", "http://example.org/")]
    [InlineData("http:////\\\\example.org\\a\\b?c\\d#e\\f", "http://example.org/a/b?c\\d#e\\f")]
    [InlineData("HTTPS://EXAMPLE.org:443", "https://example.org/")]
    [InlineData("http://example.org:00080/", "http://example.org/")]
    [InlineData("http://example.org:81/", "http://example.org:81/")]
    [InlineData("http://example.org:/", "http://example.org/")]
    [InlineData("http://example.org:0/", "http://example.org:0/")]
    // Userinfo to the last @.
    [InlineData("http://u:p@ss@h/", "http://u:p%40ss@h/")]
    [InlineData("http://:@h/", "http://h/")]
    [InlineData("http://u:@h/", "http://u@h/")]
    [InlineData("http://\u00FC;x=|[:p^@h", "http://%C3%BC%3Bx%3D%7C%5B:p%5E@h/")]
    // Hosts.
    [InlineData("http://B\u00FCcher.example/", "http://xn--bcher-kva.example/")]
    [InlineData("http://fa\u00DF.example/", "http://xn--fa-hia.example/")]
    [InlineData("http://ex%41mple.org/", "http://example.org/")]
    [InlineData("http://\uFF25xample.org/", "http://example.org/")]
    [InlineData("http://example.org./", "http://example.org./")]
    [InlineData("http://a_b!.example/", "http://a_b!.example/")]
    [InlineData("http://0x7f.1/", "http://127.0.0.1/")]
    [InlineData("http://010.0.0.1/", "http://8.0.0.1/")]
    [InlineData("http://2130706433/", "http://127.0.0.1/")]
    [InlineData("http://0x7F000001/", "http://127.0.0.1/")]
    [InlineData("http://127.0.0.1./", "http://127.0.0.1/")]
    [InlineData("http://0/", "http://0.0.0.0/")]
    [InlineData("http://0x/", "http://0.0.0.0/")]
    [InlineData("http://\uFF11.2.3/", "http://1.2.0.3/")]
    [InlineData("http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/")]
    [InlineData("http://[::FFFF:1.2.3.4]/", "http://[::ffff:102:304]/")]
    [InlineData("http://[0:1:0:1:0:1:0:1]/", "http://[0:1:0:1:0:1:0:1]/")]
    [InlineData("http://[1:2:3:4:5:6:0:0]/", "http://[1:2:3:4:5:6::]/")]
    [InlineData("foo://EX%41MPLE\u00FC/", "foo://EX%41MPLE%C3%BC/")]
    [InlineData("foo://127.1/", "foo://127.1/")]
    [InlineData("foo://[::1]:80", "foo://[::1]:80")]
    // Paths.
    [InlineData("http://h", "http://h/")]
    [InlineData("http://h?q", "http://h/?q")]
    [InlineData("http://h/a/./b/../c/%2e%2E/.%2e/d/%2e", "http://h/d/")]
    [InlineData("http://h/../..", "http://h/")]
    [InlineData("http://h//a//", "http://h//a//")]
    [InlineData("http://h/ \"#<>?^`{}", "http://h/%20%22#%3C%3E?^%60{}")]
    [InlineData("http://h/a<>?b<>'\" #c<>`\" '", "http://h/a%3C%3E?b%3C%3E%27%22%20#c%3C%3E%60%22%20'")]
    [InlineData("http://h/|[]'%zz%41\u00E9", "http://h/|[]'%zz%41%C3%A9")]
    [InlineData("foo://h?'", "foo://h?'")]
    [InlineData("foo://h", "foo://h")]
    [InlineData("foo:///a", "foo:///a")]
    [InlineData("foo:/..//a", "foo:/.//a")]
    [InlineData("foo:/a/../b\\c", "foo:/b\\c")]
    [InlineData("mailto:A@B?x=\u00E9", "mailto:A@B?x=%C3%A9")]
    [InlineData("data:text/plain, a b #c d", "data:text/plain, a b%20#c%20d")]
    [InlineData("about:blank", "about:blank")]
    // Files.
    [InlineData("file:a", "file:///a")]
    [InlineData("file:\\\\localhost\\a", "file:///a")]
    [InlineData("file://HOST/a", "file://host/a")]
    [InlineData("file://c|/a/../..", "file:///c:/")]
    [InlineData("file:///C|\\a", "file:///C:/a")]
    [InlineData("file:///cc|/a", "file:///cc|/a")]
    public void A_url_has_its_normal_form_which_is_its_own(string text, string expected)
    {
        var url = WebUrl.Parse(text);
        Assert.Equal(expected, url.ToString());
        Assert.Equal(expected, WebUrl.Parse(expected).ToString());
        Assert.Equal(WebUrl.Parse(expected), url);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("//h")]
    [InlineData("1http://h")]
    [InlineData("http:")]
    [InlineData("http://")]
    [InlineData("http://?q")]
    [InlineData("http://u@")]
    [InlineData("http://u@/x")]
    [InlineData("foo://u@/x")]
    [InlineData("foo://:80/")]
    [InlineData("http://:80/")]
    [InlineData("http://h:65536/")]
    [InlineData("http://h:8x/")]
    [InlineData("http://h:-1/")]
    [InlineData("http://a b/")]
    [InlineData("http://a%00b/")]
    [InlineData("http://a%2Fb/")]
    [InlineData("http://a%25b/")]
    [InlineData("http://a%C3/")]
    [InlineData("http://a<b/")]
    [InlineData("http://a^b/")]
    [InlineData("http://a|b/")]
    [InlineData("http://\u2100.example/")]
    [InlineData("http://\u00AD/")]
    [InlineData("http://xn--a\u00FC/")]
    [InlineData("http://xn--/")]
    [InlineData("http://1.2.3.4.5/")]
    [InlineData("http://256.1/")]
    [InlineData("http://1.2.3.256/")]
    [InlineData("http://4294967296/")]
    [InlineData("http://99999999999999999999999999999/")]
    [InlineData("http://09/")]
    [InlineData("http://a.09/")]
    [InlineData("http://[::1/")]
    [InlineData("http://[::1%25eth0]/")]
    [InlineData("http://[1.2.3.4]/")]
    [InlineData("http://::1/")]
    [InlineData("foo://a b/")]
    [InlineData("foo://a\\b/")]
    [InlineData("file://a:80/")]
    public void What_the_standard_calls_a_failure_is_none(string text)
    {
        Assert.False(WebUrl.TryParse(text, null, out _, out string? error));
        Assert.Contains(error, Assert.Throws<ArgumentException>(() => WebUrl.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://u:p@h:81/a/b?q#f", "", "http://u:p@h:81/a/b?q")]
    [InlineData("http://h/a/b?q#f", "c", "http://h/a/c")]
    [InlineData("http://h/a/b?q#f", "../c/./d/..", "http://h/c/")]
    [InlineData("http://h/a/b?q#f", "?r", "http://h/a/b?r")]
    [InlineData("http://h/a/b?q#f", "#g", "http://h/a/b?q#g")]
    [InlineData("http://h/a/b", "/c", "http://h/c")]
    [InlineData("http://h/a/b", "\\c", "http://h/c")]
    [InlineData("http://h/a/b", "//i/c", "http://i/c")]
    [InlineData("http://h/a/b", "\\\\i\\c", "http://i/c")]
    [InlineData("http://h/a/b", "/\\/i", "http://i/")]
    [InlineData("http://h/a/b", "http:c", "http://h/a/c")]
    [InlineData("http://h/a/b", "http:/c", "http://h/c")]
    [InlineData("http://h/a/b", "https:c", "https://c/")]
    [InlineData("http://h/a/b", "c:d", "c:d")]
    [InlineData("foo://h/a/b", "c", "foo://h/a/c")]
    [InlineData("foo://h/a/b", "\\c", "foo://h/a/\\c")]
    [InlineData("foo://h", "c", "foo://h/c")]
    [InlineData("foo:/a", "//i", "foo://i")]
    [InlineData("mailto:a?b#c", "#d", "mailto:a?b#d")]
    [InlineData("file:///C:/a/b", "/c", "file:///C:/c")]
    [InlineData("file:///C:/a/b", "..", "file:///C:/")]
    [InlineData("file:///C:/a/b", "../..", "file:///C:/")]
    [InlineData("file:///C:/a/b", "/D|/c", "file:///D:/c")]
    [InlineData("file:///C:/a/b", "D:/c", "d:/c")]
    [InlineData("file:///C:/a/b", "D|/c", "file:///D:/c")]
    [InlineData("file://host/a/b", "/c", "file://host/c")]
    [InlineData("file://host/a/b", "?c", "file://host/a/b?c")]
    [InlineData("file://host/a/b", "//other/c", "file://other/c")]
    public void A_reference_is_resolved(string baseUrl, string reference, string expected) =>
        Assert.Equal(expected, WebUrl.Parse(reference, WebUrl.Parse(baseUrl)).ToString());

    [Fact]
    public void Half_a_character_becomes_the_replacement_character() =>
        Assert.Equal("http://h/%EF%BF%BDa?%EF%BF%BD", WebUrl.Parse("http://h/\uD800a?\uDC00").ToString());

    [Fact]
    public void A_reference_without_folders_to_stand_in_is_refused()
    {
        Assert.False(WebUrl.TryParse("c", WebUrl.Parse("mailto:a"), out _, out _));
        Assert.False(WebUrl.TryParse("/c", WebUrl.Parse("data:,x"), out _, out _));
    }

    [Fact]
    public void The_parts_are_those_of_the_standard()
    {
        var url = WebUrl.Parse("HTTP://us%20er:pa:ss@EXAMPLE.org:8080/a/b?q=1#f");
        Assert.Equal(("http", "us%20er", "pa%3Ass", "example.org", 8080, "/a/b", "q=1", "f", false),
            (url.Scheme, url.UserName, url.Password, url.Host, url.Port, url.Path, url.Query, url.Fragment, url.IsOpaque));
        url = WebUrl.Parse("data:,x?#");
        Assert.Equal(("data", null, null, ",x", "", "", true), (url.Scheme, url.Host, url.Port, url.Path, url.Query, url.Fragment, url.IsOpaque));
    }

    [Theory]
    [InlineData(" http:\\\\EX\tample.org:80\\a b\\..\\%2e%2e\\100%?x\\y", "http://example.org/100%25?x%5Cy")]
    [InlineData("http://0x7f.1/", "http://127.0.0.1/")]
    [InlineData("https:fa\u00DF.example", "https://xn--fa-hia.example/")]
    public void The_object_that_is_connected_to_is_made_of_the_normal_form(string text, string expected)
    {
        Uri url = UrlText.Parse(text, UrlSyntax.Web);
        Assert.Equal(expected, url.AbsoluteUri);
        Assert.Equal(expected, url.OriginalString);
        Assert.Throws<ArgumentException>(() => UrlText.Parse(text, UrlSyntax.Strict));
    }

    [Theory]
    [InlineData("http://h:0/")]
    [InlineData("http://a..b/")]
    [InlineData("http://a!b/")]
    [InlineData("foo://a%20b/")]
    [InlineData("lolscheme:x x")]
    public void What_no_client_can_open_is_a_url_only_to_browsers(string text)
    {
        Assert.Equal(text, WebUrl.Parse(text).ToString());
        Assert.Throws<ArgumentException>(() => WebUrl.Parse(text).ToUri());
    }
}
