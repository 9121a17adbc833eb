using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Where credentials come from: scopes, the netrc, and which goes before which.</summary>
public class CredentialTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly CredentialStore Store = new()
    {
        { "https://a.test/", new("root", "1") },
        { "https://a.test/x", new("x", "2") },
        { "https://a.test/x/y/", new("xy", "3") },
        { "https://a.test/x/y/", new("realm", "4"), "special" },
        { "https://a.test:8443/", new("port", "5") },
        { "http://a.test/", new("plain", "6") },
    };

    [Theory]
    [InlineData("https://a.test/", null, "root")]
    [InlineData("https://A.TEST/z", null, "root")]
    [InlineData("https://a.test/x", null, "x")]
    [InlineData("https://a.test/x/z?q=/y", null, "x")]
    [InlineData("https://a.test/xylophone", null, "root")]
    [InlineData("https://a.test/x/y", null, "x")]
    [InlineData("https://a.test/x/y/", null, "xy")]
    [InlineData("https://a.test/x/y/../z", null, "x")]
    [InlineData("https://a.test/x/y/z", "special", "realm")]
    [InlineData("https://a.test/x/y/z", "other", "xy")]
    [InlineData("https://a.test/X/y/z", null, "root")]
    [InlineData("https://a.test:8443/x", null, "port")]
    [InlineData("http://a.test/x", null, "plain")]
    [InlineData("http://a.test:8080/x", null, null)]
    [InlineData("http://a.test:8443/x", null, null)]
    [InlineData("https://b.a.test/", null, null)]
    public void The_longest_path_of_the_origin_wins(string url, string? realm, string? user) =>
        Assert.Equal(user, Store.Find(new Uri(url), realm)?.User);

    [Fact]
    public void A_scope_is_replaced_and_removed()
    {
        var store = new CredentialStore { { "https://a.test/x", new("one", "1") } };
        store.Add("https://A.test:443/x", new("two", "2"));
        Assert.Equal("two", Assert.Single(store).Credentials.User);
        Assert.False(store.Remove("https://a.test/x", "realm"));
        Assert.True(store.Remove("https://a.test/x"));
        Assert.Empty(store);
        Assert.Throws<ArgumentException>(() => store.Add("ftp://a.test/", new("u", "p")));
        Assert.Throws<ArgumentException>(() => store.Add("https://u:p@a.test/", new("u", "p")));
        Assert.DoesNotContain("secret", new CredentialStore { { "https://a/", new("u", "secret") } }.Single().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("machine a login u password p", "a", "u:p")]
    [InlineData("machine a\n\tlogin u\n\tpassword p\nmachine b login v password q", "b", "v:q")]
    [InlineData("machine A.Example login u password p", "a.example", "u:p")]
    [InlineData("machine a login u password p", "a.", "u:p")]
    [InlineData("machine bücher.example login u password p", "xn--bcher-kva.example", "u:p")]
    [InlineData("machine a user u account x password p", "a", "u:p")]
    [InlineData("machine a login \"u v\" password \"p \\\"q\\\\\\t\"", "a", "u v:p \"q\\\t")]
    [InlineData("machine a login u password p\\q#r", "a", "u:p\\q#r")]
    [InlineData("# machine a login no password no\nmachine a login u password #p # the end", "a", "u:#p")]
    [InlineData("machine b login v password q default login d password e", "a", "d:e")]
    [InlineData("default login d password e machine a login u password p", "a", "u:p")]
    [InlineData("machine a login u", "a", null)]
    [InlineData("machine a password p", "a", null)]
    [InlineData("machine a login u default login d password e", "a", null)]
    [InlineData("machine a login u password p machine a login v password q", "a", "u:p")]
    [InlineData("macdef init\nmachine a login x password x\ncd /\n\nmachine a login u password p", "a", "u:p")]
    [InlineData("machine b login v password q\nmacdef init\r\nmachine a login x password x", "a", null)]
    [InlineData("\uFEFFmachine a login u password p\r\n", "a", "u:p")]
    [InlineData("machine a login u password \"\"", "a", "u:")]
    [InlineData("", "a", null)]
    public void A_netrc_is_read(string text, string host, string? expected)
    {
        Credentials? found = Netrc.Parse(text).Find(host)?.Credentials;
        Assert.Equal(expected, found is null ? null : $"{found.User}:{found.Secret!.Reveal()}");
    }

    [Theory]
    [InlineData("machine", 1)]
    [InlineData("login u", 1)]
    [InlineData("machine a\nfoo bar", 2)]
    [InlineData("machine a\n\nlogin \"open", 3)]
    [InlineData("machine a login u password \"a\nb\"", 1)]
    public void A_malformed_netrc_is_refused_with_its_line_and_without_its_words(string text, int line)
    {
        FormatException failure = Assert.Throws<FormatException>(() => Netrc.Parse(text));
        Assert.Contains($"line {line}:", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("open", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_of_several_is_found()
    {
        Netrc netrc = Netrc.Parse("machine a login u password p machine a login v password q default login w password r");
        Assert.Equal("q", netrc.Find("a", "v")!.Password!.Reveal());
        Assert.Null(netrc.Find("a", "w"));
        Assert.Equal("r", netrc.Find("b", "w")!.Password!.Reveal());
        Assert.Equal(3, netrc.Entries.Count);
        Assert.DoesNotContain("q", netrc.Entries[1].ToString().Replace("netrc", "", StringComparison.OrdinalIgnoreCase), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite, "machine a login u password p", true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, "machine a login u password p", false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, "machine a login u password p", false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, "machine a login u", true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, "machine a login anonymous password me@example.org", true)]
    public void A_file_with_passwords_that_others_may_read_is_refused(UnixFileMode mode, string text, bool taken)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        string path = Path.Combine(Path.GetTempPath(), "netrc-" + Guid.NewGuid().ToString("N"));
        try
        {
            File.WriteAllText(path, text);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
            if (taken)
            {
                Assert.Single(Netrc.Load(path).Entries);
                return;
            }

            UnauthorizedAccessException failure = Assert.Throws<UnauthorizedAccessException>(() => Netrc.Load(path));
            Assert.Contains("chmod 600 " + path, failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_told() =>
        Assert.Throws<FileNotFoundException>(() => Netrc.Load(Path.Combine(Path.GetTempPath(), "no-netrc-" + Guid.NewGuid().ToString("N"))));

    [Fact]
    public async Task The_header_goes_before_the_url_the_store_the_options_and_the_netrc()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.On("*", "/**").Respond("in");
        Netrc netrc = Netrc.Parse("machine 127.0.0.1 login netrc password n");
        var store = new CredentialStore { { server.UrlOf("/store/").AbsoluteUri, new("store", "s") } };
        HttpSessionOptions all = server.ClientOptions with
        {
            PreAuthenticate = true,
            CredentialStore = store,
            Netrc = netrc,
            Credentials = new("options", "o"),
        };
        string withUser = server.UrlOf("/store/a").AbsoluteUri.Replace("//", "//url:u@", StringComparison.Ordinal);
        await using var http = new HttpSession(all);
        Assert.Equal("Bearer mine", await ShownAsync(http, server, withUser, ("Authorization", "Bearer mine")));
        Assert.Equal(Basic("url:u"), await ShownAsync(http, server, withUser));
        Assert.Equal(Basic("store:s"), await ShownAsync(http, server, server.UrlOf("/store/a").AbsoluteUri));
        Assert.Equal(Basic("options:o"), await ShownAsync(http, server, server.UrlOf("/a").AbsoluteUri));
        await using var bare = new HttpSession(all with { Credentials = null });
        Assert.Equal(Basic("netrc:n"), await ShownAsync(bare, server, server.UrlOf("/a").AbsoluteUri));
        Assert.Equal(Basic("netrc:n"), await ShownAsync(bare, server, server.UrlOf("/a").AbsoluteUri.Replace("//", "//netrc@", StringComparison.Ordinal)));
        Assert.Equal(Basic("other:"), await ShownAsync(bare, server, server.UrlOf("/a").AbsoluteUri.Replace("//", "//other@", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_realm_gets_the_credentials_that_are_for_it()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Get("/one/x").Protect(MockAuthentication.Basic("u1", "p1", "first")).Respond("in");
        server.Routes.Get("/two/x").Protect(MockAuthentication.Digest("u2", "p2", realm: "second")).Respond("in");
        var store = new CredentialStore
        {
            { server.Url.AbsoluteUri, new("u1", "p1"), "first" },
            { server.Url.AbsoluteUri, new("u2", "p2"), "second" },
        };
        await using var http = new HttpSession(server.ClientOptions with { CredentialStore = store });
        foreach (string path in (string[])["/one/x", "/two/x", "/one/x", "/two/x"])
        {
            using HttpReply reply = await http.GetAsync(server.UrlOf(path).AbsoluteUri).WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
        }

        Assert.Equal([401, 200, 200], server.Calls.Of("GET", "/one/x").Select(static call => call.Status));
        Assert.Equal([401, 200, 200], server.Calls.Of("GET", "/two/x").Select(static call => call.Status));
    }

    [Fact]
    public async Task Basic_is_sent_unasked_below_the_path_that_asked_and_nowhere_else()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Authentication = MockAuthentication.Basic("ann", "pä:ss");
        server.Routes.On("*", "/**").Respond("in");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "pä:ss") });
        foreach (string path in (string[])["/a/b", "/a/c", "/a/d/e", "/f", "/a/b", "/g"])
        {
            using HttpReply reply = await http.GetAsync(server.UrlOf(path).AbsoluteUri).WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
        }

        Assert.Equal(
            ["/a/b 401", "/a/b 200", "/a/c 200", "/a/d/e 200", "/f 401", "/f 200", "/a/b 200", "/g 200"],
            server.Calls.Select(static call => $"{call.Path} {call.Status}"));
    }

    private static string Basic(string text) => "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static async Task<string> ShownAsync(HttpSession http, MockHttpServer server, string url, params (string, string)[] headers)
    {
        using HttpReply reply = await http.GetAsync(url, new() { Headers = [.. headers] }).WaitAsync(Safety);
        return server.Calls.Last()["Authorization"];
    }
}
