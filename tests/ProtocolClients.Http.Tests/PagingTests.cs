using System.Globalization;
using System.Net;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Pages that link to one another.</summary>
public sealed class PagingTests : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private MockHttpServer _server = null!;
    private MockHttpServer _other = null!;
    private HttpSession _http = null!;

    private HttpSessionOptions Options => _server.ClientOptions with { Headers = [("X-Api-Key", "key"), ("X-Plain", "p")] };

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartAsync();
        _other = await MockHttpServer.StartAsync();
        _http = new HttpSession(Options);
    }

    public async ValueTask DisposeAsync()
    {
        await _http.DisposeAsync();
        await _server.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Pages_are_followed_to_the_last_and_each_is_disposed_before_the_next()
    {
        _server.Routes.Get("/p").Respond("1").Header("Link", "<?page=2>; rel=\"next last\", </x>; rel=prev").Header("Link", "</y>; rel=next").Then.Respond("2")
            .Header("Link", "</elsewhere>; rel=next; anchor=\"/other\"").Header("Link", "<p?page=3>; rel=next; anchor=\"\"").Then.Respond("3");
        List<string> texts = [];
        HttpReply? before = null;
        await foreach (HttpReply page in _http.ListPagesAsync(_server.Url + "p"))
        {
            if (before is not null) await Assert.ThrowsAnyAsync<Exception>(async () => await (await before.OpenReadAsync()).ReadExactlyAsync(new byte[1]));
            // The second is left unread: its body is of no further use.
            if (texts.Count == 1) before = page;
            else before = null;
            texts.Add(before is null ? await page.ReadTextAsync() : "unread");
        }

        Assert.Equal(["1", "unread", "3"], texts);
        _server.Calls.AssertAll("GET /p", "GET /p?page=2", "GET /p?page=3");
    }

    [Fact]
    public async Task A_circle_is_found_and_a_limit_is_not_silent()
    {
        _server.Routes.Get("/a").Respond("a").Header("Link", "</b>; rel=next");
        _server.Routes.Get("/b").Respond("b").Header("Link", "</a#other>; rel=next");
        HttpRedirectException circle = await Assert.ThrowsAsync<HttpRedirectException>(() => CountAsync(_server.Url + "a"));
        Assert.Equal(HttpRedirectRefusal.TooMany, circle.Reason);
        _server.Calls.AssertAll("GET /a", "GET /b");

        _server.Calls.Clear();
        int number = 0;
        _server.Routes.Get("/n").Handle(context =>
        {
            context.Response.Headers.Link = $"</n?{++number}>; rel=next";
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<WireLimitException>(() => CountAsync(_server.Url + "n", new() { Limit = 5 }));
        Assert.Equal(5, _server.Calls.Count);
    }

    [Fact]
    public async Task An_answer_that_is_no_success_is_the_last_page()
    {
        _server.Routes.Get("/p").Respond("1").Header("Link", "</gone>; rel=next");
        _server.Routes.Get("/gone").Respond(404).Header("Link", "</p>; rel=next");
        Assert.Equal(2, await CountAsync(_server.Url + "p"));
    }

    [Fact]
    public async Task Row_06_secrets_stay_with_the_first_pages_origin_and_stay_dropped_on_the_way_back()
    {
        _server.Routes.Get("/1").Respond("1").Header("Link", "</2>; rel=next");
        _server.Routes.Get("/2").Respond("2").Header("Link", $"<{_other.Url.AbsoluteUri.Replace("http://", "http://x:y@", StringComparison.Ordinal)}3>; rel=next");
        _other.Routes.Get("/3").Respond("3").Header("Link", $"<{_server.Url}4>; rel=next");
        _server.Routes.Get("/4").Respond("4");
        string url = _server.Url.AbsoluteUri.Replace("http://", "http://user:se%40cret@", StringComparison.Ordinal) + "1";
        await using var http = new HttpSession(Options with { PreAuthenticate = true });
        int pages = 0;
        await foreach (HttpReply page in http.ListPagesAsync(url, options: new() { Headers = [("Cookie", "c=1")] })) pages++;
        Assert.Equal(4, pages);
        foreach (string path in (string[])["/1", "/2"])
        {
            MockHttpCall call = _server.Calls.Single("GET", path);
            Assert.Equal(("Basic dXNlcjpzZUBjcmV0", "key", "c=1"), (call["Authorization"], call["X-Api-Key"], call["Cookie"]));
        }

        foreach (MockHttpCall call in (MockHttpCall[])[_other.Calls.Single("GET", "/3"), _server.Calls.Single("GET", "/4")])
        {
            Assert.Equal(("", "", "", "p"), (call["Authorization"], call["X-Api-Key"], call["Cookie"], call["X-Plain"]));
        }
    }

    [Fact]
    public async Task Row_06_a_page_that_was_redirected_to_another_origin_names_no_one_who_gets_the_secrets()
    {
        _server.Routes.Get("/1").Redirect(_other.Url + "2");
        _other.Routes.Get("/2").Respond("2").Header("Link", $"<{_server.Url}3>; rel=next");
        _server.Routes.Get("/3").Respond("3");
        await using var http = new HttpSession(Options with { PreAuthenticate = true });
        await foreach (HttpReply page in http.ListPagesAsync(_server.Url.AbsoluteUri + "1", options: new() { Headers = [("Cookie", "c=1")] })) Assert.True(page.IsSuccess);
        Assert.Equal(("key", "c=1"), (_server.Calls.Single("GET", "/1")["X-Api-Key"], _server.Calls.Single("GET", "/1")["Cookie"]));
        Assert.Equal(("", "", "p"), (_server.Calls.Single("GET", "/3")["X-Api-Key"], _server.Calls.Single("GET", "/3")["Cookie"], _server.Calls.Single("GET", "/3")["X-Plain"]));
    }

    [Theory]
    [InlineData("file:///etc/passwd", HttpRedirectRefusal.Scheme)]
    [InlineData("ftp://h/", HttpRedirectRefusal.Scheme)]
    [InlineData("http://010.1.2.3/", HttpRedirectRefusal.Malformed)]
    public async Task A_link_that_leads_out_is_refused(string target, HttpRedirectRefusal reason)
    {
        _server.Routes.Get("/p").Respond("1").Header("Link", $"<{target}>; rel=next");
        HttpRedirectException refusal = await Assert.ThrowsAsync<HttpRedirectException>(() => CountAsync(_server.Url + "p"));
        Assert.Equal(reason, refusal.Reason);
    }

    [Fact]
    public async Task A_link_from_https_to_http_is_refused_unless_allowed()
    {
        await using MockHttpServer secure = await MockHttpServer.StartAsync(new() { Tls = true });
        secure.Routes.Get("/p").Respond("1").Header("Link", $"<{_server.Url}2>; rel=next");
        _server.Routes.Get("/2").Respond("2");
        HttpRedirectException refusal = await Assert.ThrowsAsync<HttpRedirectException>(() => CountAsync(secure.Url + "p"));
        Assert.Equal(HttpRedirectRefusal.Downgrade, refusal.Reason);
        Assert.Empty(_server.Calls);
        Assert.Equal(2, await CountAsync(secure.Url + "p", null, new() { Redirects = new() { AllowDowngrade = true } }));
    }

    [Theory]
    [InlineData("/2")]
    [InlineData("https://pages.example:{0}/2")]
    [InlineData("http://pages.example:{0}/2")]
    public async Task Pages_of_a_host_that_is_asked_over_TLS_only_are_beside_the_first(string link)
    {
        await using MockHttpServer secure = await MockHttpServer.StartAsync(new() { Tls = true });
        secure.Routes.Get("/1").Respond("1").Header("Link", $"<{string.Format(CultureInfo.InvariantCulture, link, secure.Url.Port)}>; rel=next");
        secure.Routes.Get("/2").Respond("2").Header("Link", $"<{_other.Url}3>; rel=next");
        _other.Routes.Get("/3").Respond("3");
        await using var http = new HttpSession(Options with
        {
            PreAuthenticate = true,
            Redirects = new() { AllowDowngrade = true },
            Transport = _server.Transport with
            {
                Hosts = [new HostMapping("pages.example", IPAddress.Loopback)],
                Tls = TlsOptions.Default with { DangerousAcceptAnyCertificate = true },
            },
        });
        http.Hsts.Add("pages.example");
        await foreach (HttpReply page in http.ListPagesAsync($"http://ann:s3cret@pages.example:{secure.Url.Port}/1")) Assert.True(page.IsSuccess);
        Assert.Equal(2, secure.Calls.Count);
        Assert.All(secure.Calls, static call => Assert.Equal(("key", true), (call["X-Api-Key"], call["Authorization"].Length > 0)));
        MockHttpCall elsewhere = _other.Calls.Single("GET", "/3");
        Assert.Equal(("", ""), (elsewhere["X-Api-Key"], elsewhere["Authorization"]));
    }

    [Fact]
    public async Task A_link_to_http_on_a_host_that_is_asked_over_TLS_only_is_no_way_down()
    {
        await using MockHttpServer secure = await MockHttpServer.StartAsync(new() { Tls = true });
        secure.Routes.Get("/1").Respond("1").Header("Link", $"<http://localhost:{secure.Url.Port}/2>; rel=next");
        secure.Routes.Get("/2").Respond("2");
        await using var http = new HttpSession(secure.ClientOptions);
        http.Hsts.Add("localhost");
        int pages = 0;
        await foreach (HttpReply page in http.ListPagesAsync($"https://localhost:{secure.Url.Port}/1")) pages++;
        Assert.Equal(2, pages);
    }

    private async Task<int> CountAsync(string url, HttpPagingOptions? paging = null, HttpCallOptions? options = null)
    {
        using var safety = new CancellationTokenSource(Safety);
        int pages = 0;
        await foreach (HttpReply page in _http.ListPagesAsync(url, paging, options, safety.Token)) pages++;
        return pages;
    }
}
