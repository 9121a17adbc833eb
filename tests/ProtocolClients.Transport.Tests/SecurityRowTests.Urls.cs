namespace ProtocolClients.Transport.Tests;

/// <summary>The rows about how the text of a URL is read.</summary>
public sealed partial class SecurityRowTests
{
    [Theory]
    [InlineData("http://\u2100.example/")]
    [InlineData("http://evil\uFF03.example/")]
    [InlineData("http://evil\uFF0Fpath/")]
    [InlineData("http://evil\uFF20host/")]
    [InlineData("http://evil\uFF1A80/")]
    [InlineData("http://a\uFE64b/")]
    public void Row_27_what_maps_to_a_delimiter_is_refused_by_both_standards(string url)
    {
        Assert.False(UrlText.TryParse(url, out _, out _));
        Assert.False(WebUrl.TryParse(url, null, out _, out _));
    }

    [Fact]
    public void Row_27_both_standards_map_alike() =>
        Assert.Equal(UrlText.Parse("http://fa\u00DF.Example/"), UrlText.Parse("http://fa\u00DF.Example/", UrlSyntax.Web));

    [Theory]
    [InlineData(" javascript:alert(1)", "javascript:alert(1)")]
    [InlineData("\u0001javascript:alert(1)", "javascript:alert(1)")]
    [InlineData("java\tscript:alert(1)", "javascript:alert(1)")]
    [InlineData("http://good\\@evil/", "http://good/@evil/")]
    [InlineData("http://good\\.evil/", "http://good/.evil/")]
    [InlineData("http:\\\\evil/", "http://evil/")]
    [InlineData("http:///evil/", "http://evil/")]
    [InlineData("http://g\nood/", "http://good/")]
    public void Row_28_what_one_reader_repairs_is_refused_or_is_its_normal_form_before_anything_is_checked(string text, string repaired)
    {
        Assert.False(UrlText.TryParse(text, out _, out _));
        Assert.Equal(repaired, UrlText.Parse(text, UrlSyntax.Web).OriginalString);
    }

    [Theory]
    [InlineData("http://a%2Fb/")]
    [InlineData("http://a%23@b%40c/")]
    [InlineData("http://a%09b/")]
    public void Row_28_delimiters_that_a_host_decodes_to_are_refused_by_both(string text)
    {
        Assert.False(UrlText.TryParse(text, out _, out _));
        Assert.False(WebUrl.TryParse(text, null, out _, out _));
    }

    [Theory]
    [InlineData("http://010.0.0.1/", "8.0.0.1")]
    [InlineData("http://127.1/", "127.0.0.1")]
    [InlineData("http://0x7f000001/", "127.0.0.1")]
    [InlineData("http://\uFF11\uFF12\uFF17.0x1/", "127.0.0.1")]
    public void Row_30_an_address_of_another_form_is_refused_or_is_the_address_itself_before_the_policy_sees_it(string text, string address)
    {
        Assert.False(UrlText.TryParse(text, out _, out _));
        Uri url = UrlText.Parse(text, UrlSyntax.Web);
        Assert.Equal(address, url.Host);
        Assert.Equal(address, Assert.IsType<System.Net.IPEndPoint>(UrlText.EndPointOf(url)).Address.ToString());
    }

    [Theory]
    [InlineData("http://u:p@ss@h/", "u:p%40ss")]
    [InlineData("http://u@evil:x@h/", "u%40evil:x")]
    public void Row_37_the_userinfo_is_cut_at_the_last_at_sign_by_both(string text, string userInfo)
    {
        foreach (UrlSyntax syntax in Enum.GetValues<UrlSyntax>())
        {
            Uri url = UrlText.Parse(text, syntax);
            Assert.Equal(("h", userInfo), (url.Host, url.UserInfo));
            Assert.Equal("http://h/", UrlText.WithoutUserInfo(url).AbsoluteUri);
        }
    }

    [Theory]
    [InlineData("http://u:s3cret p@h/")]
    [InlineData("http://u:s3cret@h:99999/")]
    [InlineData("http://u:s3cret%@a^b/")]
    [InlineData("http://u:s3cret@")]
    public void Row_37_no_reason_repeats_the_text(string text)
    {
        Assert.False(UrlText.TryParse(text, out _, out string? error));
        Assert.DoesNotContain("s3cret", error, StringComparison.Ordinal);
        if (!WebUrl.TryParse(text, null, out _, out error)) Assert.DoesNotContain("s3cret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://h/", "../", "")]
    [InlineData("http://h/", "a/../", "")]
    [InlineData("http://h/", "%2e./", "")]
    [InlineData("http://h/", "%", "")]
    [InlineData("http://h/", "\\", "")]
    [InlineData("http://", "@", "@h/")]
    [InlineData("http://", ":", "@h/")]
    [InlineData("http://", "a.", "/")]
    [InlineData("http://", "\u00FC.", "/")]
    [InlineData("http://", "1.", "/")]
    [InlineData("http://", "0", "/")]
    [InlineData("http://[", "1:", "]/")]
    [InlineData("http://h:", "0", "/")]
    [InlineData("http://", "xn--", "/")]
    [InlineData("", "\t ", "http://h/")]
    [InlineData("", "a", ":x")]
    [InlineData("data:,", " #", "")]
    [InlineData("foo:", "/.", "/")]
    [InlineData("file:", "/c:", "/..")]
    public async Task Row_45_a_million_characters_of_the_worst_kind_are_read_in_linear_work(string head, string middle, string tail)
    {
        string text = head + string.Concat(Enumerable.Repeat(middle, 1_000_000 / middle.Length)) + tail;
        var based = WebUrl.Parse("http://h/a/b");
        // Work that grew with the square would take hours.
        await Task.Run(() =>
        {
            _ = UrlText.TryParse(text, out _, out _);
            _ = UrlText.TryResolve(new Uri("http://h/a"), text, out _, out _);
            if (WebUrl.TryParse(text, based, out WebUrl? url, out _)) Assert.Equal(url, WebUrl.Parse(url.ToString()));
        }).WaitAsync(TimeSpan.FromMinutes(2));
    }
}
