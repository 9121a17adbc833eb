using System.Globalization;
using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.RealClients;

/// <summary>Files of cookies and of HSTS between us, curl and Python, both ways.</summary>
public sealed class CookieFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cookie-clients-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Curl_sends_what_our_file_says()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/a/b").Respond("ok");
        string[] resolve = Resolve(server, "www.shop.test");
        CookieJar jar = Jar();
        await jar.SaveAsync(PathOf("ours.txt"), sessionCookies: true);
        foreach (string url in (string[])[$"http://www.shop.test:{server.Url.Port}/a/b", server.UrlOf("/a/b").AbsoluteUri])
        {
            Assert.Equal(0, (await CurlAsync(["-b", PathOf("ours.txt"), .. resolve, url])).ExitCode);
            // curl orders cookies of one path its own way.
            Assert.Equal(Sorted(jar.HeaderFor(url)), Sorted(server.Calls.Last()["Cookie"]));
        }
    }

    [Fact]
    public async Task We_send_what_curls_file_says()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        MockRoute route = server.Routes.Get("/a/b").Respond("ok");
        foreach (string field in Fields) route.Header("Set-Cookie", field);
        string url = $"http://www.shop.test:{server.Url.Port}/a/b";
        Assert.Equal(0, (await CurlAsync(["-c", PathOf("curl.txt"), .. Resolve(server, "www.shop.test"), url])).ExitCode);
        CookieJar expected = Jar();
        CookieJar read = await CookieJar.LoadAsync(PathOf("curl.txt"));
        Assert.Equal(Sorted(expected.HeaderFor(url)), Sorted(read.HeaderFor(url)));
        Assert.Equal(Sorted(expected.HeaderFor("http://shop.test/")), Sorted(read.HeaderFor("http://shop.test/")));
        Assert.Equal(["only", "wide"], read.Cookies.Where(cookie => cookie.HttpOnly).Select(cookie => cookie.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            expected.Cookies.Where(cookie => cookie.Domain.EndsWith("shop.test", StringComparison.Ordinal)).Select(Shape).Order(StringComparer.Ordinal),
            read.Cookies.Select(Shape).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Python_and_we_read_one_anothers_files()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        MockRoute route = server.Routes.Get("/a/b").Respond("ok");
        foreach (string field in Fields.Where(field => !field.Contains("Domain", StringComparison.Ordinal))) route.Header("Set-Cookie", field);
        string url = server.UrlOf("/a/b").AbsoluteUri;
        CookieJar jar = Jar();
        await jar.SaveAsync(PathOf("ours.txt"));
        const string script = """
            import http.cookiejar, sys, urllib.request
            ours, theirs, url = sys.argv[1:]
            def ask(jar):
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
                opener.open(url, timeout=30).read()
            jar = http.cookiejar.MozillaCookieJar(ours)
            jar.load()
            print(len(jar))
            ask(jar)
            jar = http.cookiejar.MozillaCookieJar(theirs)
            ask(jar)
            jar.save(ignore_discard=True)
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, PathOf("ours.txt"), PathOf("python.txt"), url);
        Assert.Equal("", run.Error);
        int persistent = jar.Cookies.Count(cookie => cookie.Expires is not null);
        Assert.Equal(persistent.ToString(CultureInfo.InvariantCulture) + "\n", run.Output);
        jar.ClearSession();
        Assert.Equal(Sorted(jar.HeaderFor(url)), Sorted(server.Calls.First()["Cookie"]));

        CookieJar read = await CookieJar.LoadAsync(PathOf("python.txt"));
        Assert.Equal(Sorted(Jar().HeaderFor(url)), Sorted(read.HeaderFor(url)));
        Assert.Contains(read.Cookies, cookie => cookie is { Name: "session", Expires: null });
    }

    [Fact]
    public async Task Curl_and_we_share_an_hsts_file()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true });
        server.Routes.Get("/").Respond("private").Header("Strict-Transport-Security", "max-age=3600; includeSubDomains");
        var store = new HstsStore();
        store.Add("shop.test", includeSubDomains: true, DateTimeOffset.MaxValue);
        store.Add("other.test", expires: TimeProvider.System.GetUtcNow().AddDays(1));
        string path = PathOf("hsts.txt");
        await store.SaveAsync(path);
        // curl goes by our file, and adds what the server of localhost says.
        string[] resolve = Resolve(server, "a.shop.test");
        ClientRun upgraded = await CurlAsync(["-k", "--hsts", path, .. resolve, $"http://a.shop.test:{server.Url.Port}/"]);
        Assert.Equal("private", upgraded.Output);
        ClientRun learned = await CurlAsync(["-k", "--hsts", path, $"https://localhost:{server.Url.Port}/"]);
        Assert.Equal("private", learned.Output);
        HstsStore read = await HstsStore.LoadAsync(path);
        Assert.Equal(["localhost", "other.test", "shop.test"], read.Hosts.Select(host => host.Host));
        Assert.True(read.IsKnown("b.localhost"));
        Assert.True(read.IsKnown("b.shop.test"));
        Assert.False(read.IsKnown("b.other.test"));
    }

    private static readonly string[] Fields =
    [
        "session=1",
        "long=\"a b\"; Max-Age=3600; Path=/",
        "only=1; Max-Age=3600; HttpOnly; Path=/a",
        "elsewhere=1; Max-Age=3600; Path=/other",
        "wide=1; Max-Age=3600; Domain=shop.test; HttpOnly; Path=/",
        "gone=1; Max-Age=0",
        "empty=; Max-Age=3600",
    ];

    private static CookieJar Jar()
    {
        var jar = new CookieJar();
        foreach (string field in Fields)
        {
            jar.Add("http://www.shop.test/a/b", field);
            jar.Add("http://127.0.0.1/a/b", field);
        }

        return jar;
    }

    // curl writes a default path with the slash at its end.
    private static string Shape(HttpCookie cookie) =>
        $"{cookie.Name}={cookie.Value} {cookie.Domain} {cookie.HostOnly} {cookie.Path.TrimEnd('/')} {cookie.Secure} {cookie.HttpOnly} {cookie.Expires is null}";

    private static string[] Sorted(string? header) => [.. (header ?? "").Split("; ").Order(StringComparer.Ordinal)];

    private static string[] Resolve(MockHttpServer server, string name) => ["--resolve", $"{name}:{server.Url.Port}:127.0.0.1"];

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    // -q: no configuration of this machine.
    private static Task<ClientRun> CurlAsync(string[] arguments) => ClientRun.StartAsync("curl", ["-q", "-sS", "--max-time", "30", .. arguments]);
}
