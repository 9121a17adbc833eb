using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

public sealed class CookieSecurityRowTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    [Theory]
    [InlineData("https://example.co.uk/", "co.UK")]
    [InlineData("https://example.co.uk/", ".co.uk.")]
    [InlineData("https://example.com/", ".com.")]
    [InlineData("https://example.com/", "COM")]
    [InlineData("https://a.github.io/", "github.io")]
    [InlineData("https://a.b.kawasaki.jp/", "b.kawasaki.jp")]
    [InlineData("https://1.2.3.4/", "3.4")]
    [InlineData("https://1.2.3.4/", "2.3.4")]
    [InlineData("https://1.2.3.4/", ".4")]
    [InlineData("https://[2001:db8::1]/", "db8::1")]
    [InlineData("https://b\u00fccher.xn--fiqs8s/", "\u4e2d\u56fd")]
    [InlineData("https://x.xn--fiqs8s/", "xn--fiqs8s")]
    public void Row_10_no_cookie_is_for_a_public_suffix_or_a_part_of_an_address(string url, string domain)
    {
        var jar = new CookieJar();
        Assert.False(jar.Add(url, $"a=b; Domain={domain}"));
        Assert.Empty(jar.Cookies);
    }

    [Theory]
    [InlineData("https://EXAMPLE.com./", "example.com", "https://example.com/")]
    [InlineData("https://example.com/", "EXAMPLE.COM.", "https://www.example.com./")]
    [InlineData("https://b\u00fccher.example/", "", "https://B\u00dcCHER.example/")]
    [InlineData("https://b\u00fccher.example/", "XN--bcher-KVA.example", "https://a.xn--bcher-kva.example/")]
    [InlineData("https://1.2.3.4/", "1.2.3.4", "https://1.2.3.4/")]
    [InlineData("https://[2001:DB8:0::1]/", "", "https://[2001:db8::1]/")]
    [InlineData("https://co.uk/", "co.uk", "https://co.uk/")]
    public void Row_10_a_host_is_one_host_however_it_is_written(string url, string domain, string other)
    {
        var jar = new CookieJar();
        Assert.True(jar.Add(new Uri(url), $"a=b; Domain={domain}"));
        Assert.Equal("a=b", jar.HeaderFor(new Uri(other)));
    }

    [Fact]
    public void Row_10_an_address_and_a_public_suffix_keep_their_cookies_for_themselves()
    {
        var jar = new CookieJar();
        Assert.True(jar.Add("https://1.2.3.4/", "a=b; Domain=1.2.3.4"));
        Assert.True(jar.Add("https://co.uk/", "a=b; Domain=co.uk"));
        Assert.All(jar.Cookies, cookie => Assert.True(cookie.HostOnly));
        Assert.Null(jar.HeaderFor("https://2.3.4.1/"));
        Assert.Null(jar.HeaderFor("https://a.co.uk/"));
    }

    [Theory]
    [InlineData("/any", "/any", true)]
    [InlineData("/any", "/any/", true)]
    [InlineData("/any", "/any/thing", true)]
    [InlineData("/any", "/any?x", true)]
    [InlineData("/any", "/anybad", false)]
    [InlineData("/any", "/any%2Fbad", false)]
    [InlineData("/any", "/", false)]
    [InlineData("/any", "/Any", false)]
    [InlineData("/any/", "/any", false)]
    [InlineData("/any/", "/any/thing", true)]
    [InlineData("/", "/anything", true)]
    public void Row_11_a_path_ends_at_a_slash(string path, string asked, bool sent)
    {
        var jar = new CookieJar();
        Assert.True(jar.Add("https://example.com/", $"a=b; Path={path}"));
        Assert.Equal(sent ? "a=b" : null, jar.HeaderFor("https://example.com" + asked));
    }

    [Fact]
    public void Row_12_no_control_characters_come_in_or_go_out()
    {
        var jar = new CookieJar();
        for (int c = 0; c < 0x20; c++)
        {
            foreach (string field in (string[])[$"a{(char)c}x=b", $"a=b{(char)c}x", $"a=b; Path=/{(char)c}x"]) Assert.False(jar.Add("https://example.com/", field));
        }

        Assert.False(jar.Add("https://example.com/", "a=b\u007f"));
        Assert.Empty(jar.Cookies);
    }

    [Fact]
    public async Task Row_12_fields_of_a_file_are_checked_as_those_of_a_server()
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (string line in (string[])["example.com\tFALSE\t/\tFALSE\t0\ta\u0001\tb", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\u001b[2J", "example.com\tFALSE\t/x\u0007\tFALSE\t0\ta\tb", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\rSet: c"])
            {
                await File.WriteAllTextAsync(path, line + "\n");
                await Assert.ThrowsAsync<FormatException>(() => CookieJar.LoadAsync(path));
            }

            await File.WriteAllTextAsync(path, "{\"version\":1,\"cookies\":[{\"name\":\"a\",\"value\":\"b\\r\\nX: y\",\"domain\":\"example.com\",\"path\":\"/\"}]}");
            Assert.Empty((await CookieJar.LoadAsync(path)).Cookies);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Row_12_a_flood_of_cookies_stays_within_the_caps()
    {
        var jar = new CookieJar();
        string big = new('x', 1024 * 1024);
        Assert.False(jar.Add("https://example.com/", "a=" + big));
        Assert.False(jar.Add("https://example.com/", big));
        Assert.False(jar.Add("https://example.com/", "a=" + big[..4096]));
        Assert.True(jar.Add("https://example.com/", "a=" + big[..4095]));
        Assert.True(jar.Add("https://example.com/", "b=c; Path=/" + big + "; Domain=" + big + "; Comment=" + big));
        Assert.Equal(["/", "/"], jar.Cookies.Select(cookie => cookie.Path));
        for (int i = 0; i < 10_000; i++) jar.Add($"https://h{i % 100}.example.com/", $"n{i}=" + big[..4000]);
        Assert.Equal(3000, jar.Cookies.Count);
        for (int i = 0; i < 1000; i++) jar.Add("https://one.example.com/", $"n{i}=v");
        Assert.Equal(180, jar.Cookies.Count(cookie => cookie.Domain == "one.example.com"));
        Assert.InRange(jar.HeaderFor("https://h1.example.com/")!.Length, 4000, 8190);
    }

    [Theory]
    [InlineData("http://www.b\u00fccher.example/")]
    [InlineData("http://WWW\u3002B\u00dcCHER\u3002example/")]
    [InlineData("http://www\uff0exn--bcher-kva\uff61example/")]
    [InlineData("http://www.b\u00fccher.example./")]
    public void Row_13_a_host_is_canonical_before_it_is_looked_up(string url)
    {
        var store = new HstsStore();
        store.Add("XN--BCHER-KVA.Example.", includeSubDomains: true);
        Assert.Equal("https", store.Upgrade(new Uri(url)).Scheme);
        Assert.Equal("https", store.Upgrade(ProtocolClients.Transport.UrlText.Parse(url)).Scheme);
        var learned = new HstsStore();
        Assert.True(learned.Learn(new Uri(url.Replace("http:", "https:", StringComparison.Ordinal)), "max-age=60"));
        Assert.Equal("www.xn--bcher-kva.example", Assert.Single(learned.Hosts).Host);
    }

    [Fact]
    public async Task Row_13_nothing_is_learned_over_clear_text_from_an_address_or_from_anyone()
    {
        const string answer = "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=60\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
        await using var plain = new RawServer(answer);
        await using var secure = new TlsServer(TestCertificates.Shared[CertificateKind.Valid], answer);
        TransportOptions trusting = Options.Transport with { Tls = TlsOptions.Default with { Roots = [TestCertificates.Shared.Authority] } };
        await using var http = new HttpSession(Options with { Transport = trusting });
        (await http.GetAsync($"http://localhost:{plain.Port}/").WaitAsync(Safety)).Dispose();
        (await http.GetAsync($"https://127.0.0.1:{secure.Port}/").WaitAsync(Safety)).Dispose();
        Assert.Empty(http.Hsts.Hosts);
        (await http.GetAsync(secure.Url).WaitAsync(Safety)).Dispose();
        Assert.Equal("localhost", Assert.Single(http.Hsts.Hosts).Host);

        await using var careless = new HttpSession(Options with { Transport = trusting with { Tls = trusting.Tls with { DangerousAcceptAnyCertificate = true } } });
        (await careless.GetAsync(secure.Url).WaitAsync(Safety)).Dispose();
        Assert.Empty(careless.Hsts.Hosts);
    }

    [Fact]
    public async Task Row_13_saves_at_once_leave_one_whole_file_also_under_a_long_name()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("row-13-");
        try
        {
            string path = Path.Combine(folder.FullName, new string('h', 251) + ".txt");
            var store = new HstsStore();
            Task[] saves = [.. Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
            {
                for (int j = 0; j < 20; j++)
                {
                    store.Add($"h{i}-{j}.example");
                    await store.SaveAsync(path);
                    Assert.NotEmpty((await HstsStore.LoadAsync(path)).Hosts);
                }
            }))];
            await Task.WhenAll(saves).WaitAsync(Safety);
            await store.SaveAsync(path);
            Assert.Equal(320, (await HstsStore.LoadAsync(path)).Hosts.Count);
            Assert.Single(folder.GetFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("a=b", ";", "")]
    [InlineData("a=b", "; Path=/", "")]
    [InlineData("a=b; Expires=", "1 ", "")]
    [InlineData("a=b; Expires=", "-", "Jan")]
    [InlineData("a=", "\"\\", "\"")]
    [InlineData("", "=", "")]
    [InlineData("a=b; Domain=", "a.", "com")]
    [InlineData("a=b; Max-Age=", "9", "")]
    [InlineData("", " ", "a=b")]
    public async Task Row_45_a_field_is_read_in_one_pass(string head, string piece, string tail)
    {
        string Field(int length) => head + new StringBuilder().Insert(0, piece, length / piece.Length) + tail;
        void Read(string field) => new CookieJar().Add("https://example.com/", field);
        await AssertLinearAsync(Read, Field);
    }

    [Theory]
    [InlineData("max-age=5", ";")]
    [InlineData("max-age=", "1")]
    [InlineData("max-age=5; x=\"", "\\\"")]
    [InlineData("", " ;")]
    public async Task Row_45_a_field_of_hsts_is_read_in_one_pass(string head, string piece)
    {
        await AssertLinearAsync(
            field => new HstsStore().Learn(new Uri("https://example.com/"), field),
            length => head + new StringBuilder().Insert(0, piece, length / piece.Length));
    }

    [Fact]
    public Task Row_45_a_file_of_cookies_is_read_in_one_pass() =>
        AssertLinearAsync(
            file => Assert.NotEmpty(CookiesTxt.Read(Encoding.Latin1.GetBytes(file))),
            length => new StringBuilder().Insert(0, "#\n\n", length / 8).Insert(0, "example.com\tFALSE\t/\tFALSE\t0\ta\tb\n", length / 64).ToString());

    /// <summary>Four million letters: one pass takes milliseconds, a pass for each letter hours.</summary>
    private static Task AssertLinearAsync(Action<string> read, Func<int, string> text) =>
        Task.Run(() => read(text(4 * 1024 * 1024))).WaitAsync(Safety);
}
