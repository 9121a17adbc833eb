using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>What the jar takes and gives, by the sections of RFC 6265bis.</summary>
public class CookieJarTests
{
    private const string Site = "https://www.example.com/";

    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    private CookieJar Jar(CookiePolicy? policy = null) => new((policy ?? CookiePolicy.Default) with { TimeProvider = _time });

    [Fact]
    public void The_examples_of_the_RFC_hold()
    {
        // RFC 6265 §3.1
        CookieJar jar = Jar();
        Assert.True(jar.Add(Site, "SID=31d4d96e407aad42"));
        Assert.Equal("SID=31d4d96e407aad42", jar.HeaderFor(Site));
        Assert.True(jar.Add(Site, "SID=31d4d96e407aad42; Path=/; Domain=example.com"));
        Assert.Equal("SID=31d4d96e407aad42", jar.HeaderFor("https://shop.example.com/"));

        jar = Jar();
        Assert.True(jar.Add("https://www.example.com/", "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly"));
        Assert.True(jar.Add("https://www.example.com/", "lang=en-US; Path=/; Domain=example.com"));
        Assert.Equal("SID=31d4d96e407aad42; lang=en-US", jar.HeaderFor("https://www.example.com/"));
        Assert.Equal("lang=en-US", jar.HeaderFor("http://www.example.com/"));
        Assert.True(jar.Add("https://www.example.com/", "lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Domain=example.com; Path=/"));
        Assert.Equal("SID=31d4d96e407aad42", jar.HeaderFor("https://www.example.com/"));
    }

    [Theory]
    [InlineData("a=b", "a=b")]
    [InlineData("  a \t=\t b  ;x", "a=b")]
    [InlineData("a=\"quo ted\"", "a=\"quo ted\"")]
    [InlineData("a=b=c", "a=b=c")]
    [InlineData("a=", "a=")]
    [InlineData("=b", "b")]
    [InlineData("b", "b")]
    [InlineData("a=b,c=d", "a=b,c=d")]
    [InlineData("a=b;;;Path=/;;", "a=b")]
    [InlineData("a=caf\u00c3\u00a9", "a=caf\u00c3\u00a9")]
    [InlineData("a=b; max-age=nonsense", "a=b")]
    [InlineData("a=b; max-age=-", "a=b")]
    [InlineData("a=b; expires=nonsense", "a=b")]
    [InlineData("a=b; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b")]
    [InlineData("a=b; Max-Age=99999999999999999999999999", "a=b")]
    [InlineData("a=b; domain=", "a=b")]
    [InlineData("a=b; domain=.", "a=b")]
    [InlineData("a=b; httponlyy; securee", "a=b")]
    [InlineData("", null)]
    [InlineData("=", null)]
    [InlineData(";a=b", null)]
    [InlineData("a=b\u0001", null)]
    [InlineData("a=b; path=/\u007f", null)]
    [InlineData("a=b; x=\0", null)]
    [InlineData("a=b\r\nSet-Cookie: c=d", null)]
    [InlineData("a=b\tc", null)]
    [InlineData("a\tb=c", null)]
    [InlineData("a=\u20ac", null)]
    [InlineData("a=b; Max-Age=0", null)]
    [InlineData("a=b; Max-Age=-99999999999999999999", null)]
    [InlineData("a=b; Max-Age=0; Expires=Fri, 31 Dec 2038 23:59:59 GMT", null)]
    [InlineData("a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT", null)]
    [InlineData("a=b; SameSite=None", null)]
    [InlineData("a=b; SameSite=None; Secure", "a=b")]
    [InlineData("a=b; SameSite=Odd", "a=b")]
    public void A_field_becomes_a_cookie_or_nothing(string field, string? header)
    {
        CookieJar jar = Jar();
        jar.Add(Site, field);
        Assert.Equal(header, jar.HeaderFor(Site));
        Assert.Equal(header is null ? 0 : 1, jar.Cookies.Count);
    }

    [Fact]
    public void A_cookie_ends_by_the_clock_and_within_400_days()
    {
        CookieJar jar = Jar();
        jar.Add(Site, "short=1; Max-Age=10; Expires=Fri, 31 Dec 2038 23:59:59 GMT");
        jar.Add(Site, "until=1; Expires=Mon, 01-Jun-26 12:01:00 GMT");
        jar.Add(Site, "long=1; Max-Age=999999999");
        jar.Add(Site, "date=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
        jar.Add(Site, "session=1");
        Assert.All(jar.Cookies.Where(cookie => cookie.Name is "long" or "date"), cookie => Assert.Equal(_time.GetUtcNow().AddDays(400), cookie.Expires));
        Assert.Null(Assert.Single(jar.Cookies, cookie => cookie.Name == "session").Expires);

        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Contains("short", jar.HeaderFor(Site), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("until=1; long=1; date=1; session=1", jar.HeaderFor(Site));
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("long=1; date=1; session=1", jar.HeaderFor(Site));
        Assert.Equal(3, jar.Cookies.Count);
        _time.Advance(TimeSpan.FromDays(400));
        Assert.Equal("session=1", jar.HeaderFor(Site));
        jar.ClearSession();
        Assert.Null(jar.HeaderFor(Site));
    }

    [Fact]
    public void A_secure_cookie_that_has_ended_stands_in_no_ones_way()
    {
        CookieJar jar = Jar();
        Assert.True(jar.Add(Site, "a=secure; Secure; Max-Age=10"));
        Assert.False(jar.Add("http://www.example.com/", "a=plain"));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(jar.Add("http://www.example.com/", "a=plain"));
        Assert.Equal("a=plain", jar.HeaderFor(Site));
    }

    [Theory]
    [InlineData("https://example.com", "/")]
    [InlineData("https://example.com/", "/")]
    [InlineData("https://example.com/page", "/")]
    [InlineData("https://example.com/dir/page", "/dir")]
    [InlineData("https://example.com/dir/", "/dir")]
    [InlineData("https://example.com/a/b/c?x=/y#/z", "/a/b")]
    [InlineData("https://example.com?x=/a/b", "/")]
    [InlineData("https://example.com/caf%C3%A9/x", "/caf%C3%A9")]
    [InlineData("https://example.com/a;b/x", "/a;b")]
    public void The_default_path_is_that_of_the_request_up_to_its_last_slash(string url, string path)
    {
        CookieJar jar = Jar();
        Assert.True(jar.Add(url, "a=b; Path=relative"));
        Assert.Equal(path, Assert.Single(jar.Cookies).Path);
        Assert.Equal("a=b", jar.HeaderFor(url));
    }

    [Fact]
    public void Cookies_are_sent_longest_path_first_then_by_creation_across_domains()
    {
        CookieJar jar = Jar();
        jar.Add("https://www.example.com/", "root=1; Domain=example.com; Path=/");
        _time.Advance(TimeSpan.FromSeconds(1));
        jar.Add("https://www.example.com/", "deep=2; Path=/a/b");
        jar.Add("https://www.example.com/", "host=3; Path=/");
        jar.Add("https://www.example.com/", "mid=4; Domain=example.com; Path=/a");
        _time.Advance(TimeSpan.FromSeconds(1));
        // A new value keeps the place of the old one.
        jar.Add("https://www.example.com/", "root=5; Domain=example.com; Path=/");
        Assert.Equal("deep=2; mid=4; root=5; host=3", jar.HeaderFor("https://www.example.com/a/b"));
        Assert.Equal(["root", "deep", "host", "mid"], jar.Cookies.Select(cookie => cookie.Name));
    }

    [Fact]
    public void A_host_only_cookie_and_a_domain_cookie_of_one_name_are_two()
    {
        CookieJar jar = Jar();
        jar.Add("https://example.com/", "a=host");
        jar.Add("https://example.com/", "a=domain; Domain=example.com");
        Assert.Equal("a=host; a=domain", jar.HeaderFor("https://example.com/"));
        Assert.Equal("a=domain", jar.HeaderFor("https://www.example.com/"));
        Assert.True(jar.Remove(jar.Cookies[0]));
        Assert.False(jar.Remove(new HttpCookie("a", "x") { Domain = "example.com" }));
        Assert.Equal("a=domain", jar.HeaderFor("https://example.com/"));
    }

    [Theory]
    [InlineData("https://www.example.com/", "example.com", "https://example.com/", true)]
    [InlineData("https://www.example.com/", ".example.com", "https://a.b.example.com/", true)]
    [InlineData("https://www.example.com/", "EXAMPLE.com", "https://other.example.com/", true)]
    [InlineData("https://www.example.com/", "www.example.com", "https://example.com/", false)]
    [InlineData("https://www.example.com/", "example.com", "https://badexample.com/", false)]
    [InlineData("https://b\u00fccher.example/", "xn--bcher-kva.example", "https://www.B\u00dcCHER.example/", true)]
    public void A_domain_cookie_is_for_the_names_under_it(string url, string domain, string other, bool sent)
    {
        CookieJar jar = Jar();
        Assert.True(jar.Add(url, $"a=b; Domain={domain}"));
        Assert.Equal("a=b", jar.HeaderFor(url));
        Assert.Equal(sent ? "a=b" : null, jar.HeaderFor(other));
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("other.example.com")]
    [InlineData("a.www.example.com")]
    [InlineData("ample.com")]
    [InlineData("example.com..")]
    [InlineData("..example.com")]
    [InlineData("exam ple.com")]
    [InlineData("%65xample.com")]
    [InlineData("b\u00fccher.example")]
    [InlineData("example.com:443")]
    public void A_cookie_for_others_is_refused(string domain)
    {
        CookieJar jar = Jar();
        Assert.False(jar.Add(Site, $"a=b; Domain={domain}"));
        Assert.Empty(jar.Cookies);
    }

    [Theory]
    [InlineData("__Host-a=b; Secure; Path=/", true)]
    [InlineData("__host-a=b; Secure; Path=/", true)]
    [InlineData("__HOST-a=b; Path=/", false)]
    [InlineData("__Host-a=b; Secure", false)]
    [InlineData("__Host-a=b; Secure; Path=/x", false)]
    [InlineData("__Host-a=b; Secure; Path=/; Domain=www.example.com", false)]
    [InlineData("__Secure-a=b; Secure; Domain=example.com", true)]
    [InlineData("__SECURE-a=b", false)]
    [InlineData("=__Host-a=b; Secure; Path=/", false)]
    [InlineData("__Secure-a; Secure", false)]
    public void A_prefix_promises_how_its_cookie_was_set(string field, bool taken) => Assert.Equal(taken, Jar().Add(Site, field));

    [Fact]
    public void Clear_text_sets_no_secure_cookie_and_shadows_none()
    {
        CookieJar jar = Jar();
        Assert.False(jar.Add("http://www.example.com/", "a=b; Secure"));
        Assert.True(jar.Add("https://www.example.com/", "sid=1; Secure; Domain=example.com; Path=/login"));
        Assert.False(jar.Add("http://www.example.com/", "sid=evil; Domain=example.com; Path=/login"));
        Assert.False(jar.Add("http://www.example.com/", "sid=evil; Path=/login/deeper"));
        Assert.False(jar.Add("http://a.b.example.com/", "sid=evil; Path=/login"));
        Assert.False(jar.Add("http://example.com/", "sid=evil; Path=/login"));
        Assert.False(jar.Add("http://example.com/", "sid=; Path=/login; Max-Age=0"));
        // Another path, another name, another site: nothing of it is shadowed.
        Assert.True(jar.Add("http://www.example.com/", "sid=1; Path=/"));
        Assert.True(jar.Add("http://www.example.com/", "Sid=1; Path=/login"));
        Assert.True(jar.Add("http://www.example.org/", "sid=1; Path=/login"));
        Assert.True(jar.Add("https://www.example.com/", "sid=2; Domain=example.com; Path=/login"));
    }

    [Theory]
    [InlineData("http://localhost/", true)]
    [InlineData("http://127.0.0.1:8080/", true)]
    [InlineData("http://[::1]/", true)]
    [InlineData("http://localhost.example/", false)]
    [InlineData("http://127.0.0.1.example/", false)]
    public void This_machine_counts_as_secure_unless_the_policy_says_otherwise(string url, bool secure)
    {
        CookieJar jar = Jar();
        Assert.Equal(secure, jar.Add(url, "a=b; Secure"));
        Assert.Equal(secure ? "a=b" : null, jar.HeaderFor(url));
        Assert.False(Jar(CookiePolicy.Default with { TrustLoopback = false }).Add(url, "a=b; Secure"));
    }

    [Fact]
    public void Policies_can_be_replaced()
    {
        CookieJar jar = Jar(CookiePolicy.Default with
        {
            Accept = (url, cookie) => url.Host == "www.example.com" && cookie.Name != "track",
            PublicSuffixes = PublicSuffixList.Parse("example.com\n"),
            Lifetime = TimeSpan.FromHours(1),
        });
        Assert.True(jar.Add(Site, "ok=1; Max-Age=7200"));
        Assert.False(jar.Add(Site, "track=1"));
        Assert.False(jar.Add("https://a.example.com/", "ok=1"));
        Assert.False(jar.Add(Site, "ok=1; Domain=example.com"));
        Assert.Equal(_time.GetUtcNow().AddHours(1), Assert.Single(jar.Cookies).Expires);
    }

    [Fact]
    public void Of_a_full_domain_those_not_secure_and_longest_unused_leave_first()
    {
        CookieJar jar = Jar(CookiePolicy.Default with { PerDomain = 3 });
        foreach (string field in (string[])["s=1; Secure", "a=1; Path=/a", "b=1; Path=/b"])
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            jar.Add(Site, field);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(jar.HeaderFor(Site + "a"));
        _time.Advance(TimeSpan.FromSeconds(1));
        jar.Add(Site, "c=1");
        Assert.Equal(["s", "a", "c"], jar.Cookies.Select(cookie => cookie.Name));
        jar.Add(Site, "t=1; Secure");
        _time.Advance(TimeSpan.FromSeconds(1));
        jar.Add(Site, "u=1; Secure");
        Assert.Equal(["s", "t", "u"], jar.Cookies.Select(cookie => cookie.Name));
        // Only secure ones left: the new one that is not is the first to go.
        jar.Add(Site, "d=1");
        Assert.Equal(["s", "t", "u"], jar.Cookies.Select(cookie => cookie.Name));
        jar.Add("https://other.example.com/", "e=1");
        Assert.Equal(4, jar.Cookies.Count);
    }

    [Fact]
    public void Of_a_full_jar_the_ended_and_the_longest_unused_leave_first()
    {
        CookieJar jar = Jar(CookiePolicy.Default with { Total = 3 });
        jar.Add("https://a.example/", "a=1; Max-Age=1");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        jar.Add("https://b.example/", "b=1; Secure");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        jar.Add("https://c.example/", "c=1");
        _time.Advance(TimeSpan.FromSeconds(2));
        jar.Add("https://d.example/", "d=1");
        Assert.Equal(["b", "c", "d"], jar.Cookies.Select(cookie => cookie.Name));
        Assert.Equal("b=1", jar.HeaderFor("https://b.example/"));
        _time.Advance(TimeSpan.FromSeconds(1));
        jar.Add("https://e.example/", "e=1");
        Assert.Equal(["b", "d", "e"], jar.Cookies.Select(cookie => cookie.Name));
        jar.Clear();
        Assert.Empty(jar.Cookies);
        Assert.True(jar.IsEmpty);
    }

    [Theory]
    [InlineData("", "", "example.com", "/")]
    [InlineData("a\r\nb", "c", "example.com", "/")]
    [InlineData("a", "b;c", "example.com", "/")]
    [InlineData("a=b", "c", "example.com", "/")]
    [InlineData("", "b=c", "example.com", "/")]
    [InlineData("a ", "c", "example.com", "/")]
    [InlineData("a", " c", "example.com", "/")]
    [InlineData("a", "\u20ac", "example.com", "/")]
    [InlineData("a", "b", "", "/")]
    [InlineData("a", "b", "exa mple.com", "/")]
    [InlineData("a", "b", "example.com", "")]
    [InlineData("a", "b", "example.com", "x")]
    [InlineData("a", "b", "example.com", "/\n")]
    [InlineData("__Host-a", "b", "example.com", "/")]
    [InlineData("__Secure-a", "b", "example.com", "/")]
    public void A_cookie_of_the_callers_own_is_checked_too(string name, string value, string domain, string path)
    {
        CookieJar jar = Jar();
        Assert.Throws<ArgumentException>(() => jar.Add(new HttpCookie(name, value) { Domain = domain, Path = path }));
        Assert.Empty(jar.Cookies);
    }

    [Fact]
    public void A_cookie_of_the_callers_own_is_sent_kept_and_hidden()
    {
        CookieJar jar = Jar();
        jar.Add(new HttpCookie("sid", "geheim") { Domain = "WWW.Example.COM." });
        Assert.Equal("sid=geheim", jar.HeaderFor(Site));
        Assert.Null(jar.HeaderFor("https://a.www.example.com/"));
        Assert.DoesNotContain("geheim", Assert.Single(jar.Cookies).ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => jar.Add(new HttpCookie("a", "b") { Domain = "co.uk", HostOnly = false }));
        Assert.Throws<ArgumentException>(() => jar.Add(new HttpCookie("a", "b") { Domain = "10.0.0.1", HostOnly = false }));
        jar.Add(new HttpCookie("sid", "") { Domain = "www.example.com", Expires = DateTimeOffset.UnixEpoch });
        Assert.Empty(jar.Cookies);
    }

    [Fact]
    public void A_header_has_a_limit()
    {
        CookieJar jar = Jar();
        for (int i = 0; i < 100; i++) Assert.True(jar.Add(Site, $"c{i:D2}={new string('x', 1000)}"));
        string header = jar.HeaderFor(Site)!;
        Assert.InRange(header.Length, 7000, 8190);
        Assert.StartsWith("c00=", header, StringComparison.Ordinal);
        Assert.EndsWith("x", header, StringComparison.Ordinal);
        Assert.Null(Jar(CookiePolicy.Default with { HeaderLength = 2 }) is var small && small.Add(Site, "a=b") ? small.HeaderFor(Site) : "taken");
    }

    [Fact]
    public async Task Many_tasks_read_and_write_one_jar()
    {
        var jar = new CookieJar();
        jar.Add(Site, "stays=1");
        Task[] tasks = [.. Enumerable.Range(0, 8).Select(task => Task.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                jar.Add($"https://h{i % 50}.example.com/", $"t{task}={i}; Domain=example.com; Path=/p{i % 5}");
                Assert.Contains("stays=1", jar.HeaderFor(Site + "p1/x"), StringComparison.Ordinal);
                if (i % 100 == 0) Assert.NotEmpty(jar.Cookies);
                if (i % 10 == 0) jar.Remove(new HttpCookie($"t{task}", "") { Domain = "example.com", HostOnly = false, Path = "/p0" });
            }
        }))];
        await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromMinutes(2));
        // The last round of each path stands; that of path 0 was set again after the last removal.
        Assert.Equal(1 + (8 * 5), jar.Cookies.Count);
    }
}
