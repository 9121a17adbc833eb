namespace ProtocolClients.HttpTests;

/// <summary>SameSite and the context of requests (RFC 6265bis §5.2).</summary>
public class CookieSiteTests
{
    private const string Site = "https://www.example.com/";

    private static CookieJar Jar(CookiePolicy? policy = null) => new(policy);

    [Theory]
    [InlineData(null, "GET", true, "none=1; lax=1; strict=1; plain=1")]
    [InlineData("https://example.com/page", "POST", false, "none=1; lax=1; strict=1; plain=1")]
    [InlineData("https://shop.example.com/", "GET", true, "none=1; lax=1; strict=1; plain=1")]
    [InlineData("http://www.example.com/", "GET", true, "none=1; lax=1; plain=1")]
    [InlineData("https://example.org/", "GET", true, "none=1; lax=1; plain=1")]
    [InlineData("https://example.org/", "HEAD", true, "none=1; lax=1; plain=1")]
    [InlineData("https://example.org/", "GET", false, "none=1")]
    [InlineData("https://example.org/", "POST", true, "none=1")]
    public void SameSite_goes_by_who_asks(string? initiator, string method, bool topLevel, string header)
    {
        CookieJar jar = Jar();
        foreach (string field in (string[])["none=1; SameSite=None; Secure", "lax=1; SameSite=lax", "strict=1; SameSite=STRICT", "plain=1"]) Assert.True(jar.Add(Site, field));
        var context = new CookieContext { Initiator = initiator is null ? null : new Uri(initiator), Method = new HttpMethod(method), TopLevel = topLevel };
        Assert.Equal(header, jar.HeaderFor(Site, context));
    }

    [Fact]
    public void Sites_end_at_public_suffixes_and_addresses_are_sites_of_their_own()
    {
        foreach ((string one, string other, bool same) in ((string, string, bool)[])[
            ("https://a.co.uk/", "https://b.co.uk/", false),
            ("https://x.a.co.uk/", "https://y.a.co.uk/", true),
            ("https://a.github.io/", "https://b.github.io/", false),
            ("https://10.0.0.1/", "https://10.0.0.1:8443/", true),
            ("https://10.0.0.1/", "https://11.0.0.1/", false),
            ("https://com/", "https://a.com/", false)])
        {
            CookieJar jar = Jar();
            Assert.True(jar.Add(other, "a=b; SameSite=Strict"));
            Assert.Equal(same ? "a=b" : null, jar.HeaderFor(other, new() { Initiator = new Uri(one) }));
        }
    }

    [Fact]
    public void A_part_of_another_sites_page_sets_no_cookies_of_one_site()
    {
        CookieJar jar = Jar();
        var image = new CookieContext { Initiator = new Uri("https://example.org/"), TopLevel = false };
        Assert.False(jar.Add(Site, "a=b", image));
        Assert.False(jar.Add(Site, "a=b; SameSite=Strict", image));
        Assert.True(jar.Add(Site, "a=b; SameSite=None; Secure", image));
        Assert.True(jar.Add(Site, "c=d", image with { TopLevel = true }));
        CookieJar lenient = Jar(CookiePolicy.Default with { DefaultSameSite = CookieSameSite.None });
        Assert.True(lenient.Add(Site, "a=b", image));
        Assert.Equal("a=b", lenient.HeaderFor(Site, image));
    }
}
