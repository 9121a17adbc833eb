using System.Net;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Http;

/// <summary>Sessions through squid (absolute form for http, CONNECT for https) and through two SOCKS servers, to nginx.</summary>
public sealed class ProxyTests(RealServers servers)
{
    public static TheoryData<string, string, string> Proxies()
    {
        var data = new TheoryData<string, string, string>();
        foreach (string target in (string[])["NGINX_HTTP", "NGINX_HTTPS"])
        {
            data.Add("squid", "http://{credentials}@{SQUID_AUTHENTICATED}", target);
            data.Add("squid", "http://{credentials}@{SQUID_DIGEST}", target);
            data.Add("squid", "http://{credentials}@{SQUID_NTLM}", target);
            data.Add("squid", "http://{SQUID_OPEN}", target);
            data.Add("microsocks", "socks5h://{credentials}@{MICROSOCKS}", target);
            data.Add("microsocks", "socks5://{credentials}@{MICROSOCKS}", target);
            data.Add("dante", "socks5h://{dante}@{DANTE_AUTHENTICATED}", target);
            data.Add("dante", "socks5://{DANTE_OPEN}", target);
            data.Add("dante", "socks4://{DANTE_OPEN}", target);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_text_comes_through(string service, string proxy, string target)
    {
        await servers.RequireAsync("nginx", service);
        await using HttpSession session = Through(proxy);

        using HttpReply reply = await session.GetAsync(servers[target] + "/echo");

        string text = await reply.ReadTextAsync();
        Assert.Contains("\nhost=", text, StringComparison.Ordinal);
        // Row 8: the proxy's credentials are for the proxy's hop only.
        Assert.Contains("\nproxy=\n", text, StringComparison.Ordinal);
        // Squid names itself where it sees the request, which it does not inside of a tunnel.
        Assert.Equal(service == "squid" && target == "NGINX_HTTP", !text.Contains("\nvia=\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("squid", "http://fleet:wrong@{SQUID_AUTHENTICATED}", "NGINX_HTTPS")]
    [InlineData("squid", "http://{SQUID_AUTHENTICATED}", "NGINX_HTTPS")]
    [InlineData("squid", "http://fleet:wrong@{SQUID_DIGEST}", "NGINX_HTTPS")]
    [InlineData("squid", "http://{SQUID_DIGEST}", "NGINX_HTTPS")]
    [InlineData("squid", "http://{SQUID_NTLM}", "NGINX_HTTPS")]
    [InlineData("squid", "http://fleet:wrong@{SQUID_NTLM}", "NGINX_HTTPS")]
    [InlineData("microsocks", "socks5h://fleet:wrong@{MICROSOCKS}", "NGINX_HTTP")]
    [InlineData("microsocks", "socks5h://{MICROSOCKS}", "NGINX_HTTP")]
    [InlineData("dante", "socks5h://fleet:wrong@{DANTE_AUTHENTICATED}", "NGINX_HTTP")]
    [InlineData("dante", "socks5h://{DANTE_AUTHENTICATED}", "NGINX_HTTP")]
    public async Task Wrong_or_missing_credentials_are_the_proxys_refusal(string service, string proxy, string target)
    {
        await servers.RequireAsync("nginx", service);
        await using HttpSession session = Through(proxy);
        var thrown = await Assert.ThrowsAnyAsync<ProtocolClientException>(() => session.GetAsync(servers[target] + "/echo"));
        Assert.True(thrown is AuthenticationFailedException or TransportException { Error: TransportError.Proxy }, thrown.ToString());
        Assert.False(thrown.IsTransient);
        Assert.DoesNotContain("wrong", thrown.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NGINX_HTTP", "GET")]
    [InlineData("NGINX_HTTPS", "CONNECT")]
    public async Task Squids_digest_asks_once_for_many_requests_in_absolute_form_and_for_many_tunnels(string target, string method)
    {
        await servers.RequireAsync("nginx", "squid");
        await using HttpSession session = Through("http://{credentials}@{SQUID_DIGEST}");
        string before = await LogAsync();
        string[] counts = new string[3];
        for (int i = 0; i < counts.Length; i++)
        {
            // Each tunnel is a new one: the connection behind it is closed with its answer.
            using HttpReply reply = await session.GetAsync(servers[target] + "/echo", new() { Version = HttpVersion.Version11, Headers = [("Connection", "close")] });
            counts[i] = (await reply.EnsureSuccess().ReadTextAsync()).Split('\n')[0];
        }

        // A tunnel's line is written when it ends.
        string[] lines = [];
        while (lines.Length < counts.Length + 1)
        {
            lines = [.. (await LogAsync())[before.Length..].Split('\n').Where(line => line.Contains($" {method} ", StringComparison.Ordinal))];
        }

        Assert.Single(lines, static line => line.Contains("/407 ", StringComparison.Ordinal));
        Assert.Equal(3, lines.Count(static line => line.Contains("/200 ", StringComparison.Ordinal) && line.Contains(" fleet ", StringComparison.Ordinal)));
        Assert.All(counts, static line => Assert.StartsWith("GET /echo ", line, StringComparison.Ordinal));
    }

    private async Task<string> LogAsync()
    {
        using var reader = new StreamReader(new FileStream(servers["SQUID_LOG"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync();
    }

    [Theory]
    [InlineData("squid", "http://{credentials}@{SQUID_AUTHENTICATED}")]
    [InlineData("squid", "http://{credentials}@{SQUID_DIGEST}")]
    [InlineData("squid", "http://{credentials}@{SQUID_NTLM}")]
    [InlineData("microsocks", "socks5h://{credentials}@{MICROSOCKS}")]
    public async Task A_file_is_retrieved_through(string service, string proxy)
    {
        await servers.RequireAsync("nginx", service);
        await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = Transport(proxy) });
        using RetrievedFile file = await opener.RetrieveAsync(servers["NGINX_HTTPS"] + "/1m.bin");
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(servers["FLEET_WWW"], "1m.bin")),
            await File.ReadAllBytesAsync(file.Path));
    }

    [Fact]
    public async Task A_target_that_the_proxy_cannot_reach_is_a_typed_failure()
    {
        await servers.RequireAsync("nginx", "squid", "microsocks");
        foreach (string proxy in (string[])["http://{SQUID_OPEN}", "socks5h://{credentials}@{MICROSOCKS}"])
        {
            await using HttpSession session = Through(proxy);
            var thrown = await Assert.ThrowsAnyAsync<ProtocolClientException>(() => session.GetAsync("https://127.0.0.1:1/"));
            Assert.True(thrown is TransportException { Error: TransportError.Proxy or TransportError.Connect }, thrown.ToString());
        }
    }

    private HttpSession Through(string proxy) =>
        new(new HttpSessionOptions { Transport = Transport(proxy), Resilience = ResilienceOptions.None });

    private TransportOptions Transport(string proxy) => servers.Trusting with { Proxy = new ProxyOptions { Url = new Uri(Filled(proxy)) } };

    private string Filled(string proxy)
    {
        proxy = proxy.Replace("{credentials}", $"{servers["FLEET_USER"]}:{servers["FLEET_SECRET"]}", StringComparison.Ordinal);
        if (proxy.Contains("{dante}", StringComparison.Ordinal))
        {
            proxy = proxy.Replace("{dante}", $"{servers["DANTE_USER"]}:{servers["FLEET_SECRET"]}", StringComparison.Ordinal);
        }

        int open = proxy.IndexOf('{', StringComparison.Ordinal);
        return proxy[..open] + servers[proxy[(open + 1)..^1]];
    }
}
