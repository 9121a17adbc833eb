using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.Tool;

/// <summary>Names of hosts in a process that has no culture data, as the command is.</summary>
public sealed class NameTests
{
    [Theory]
    [InlineData("B\u00DCcher.example", "xn--bcher-kva.example")]
    [InlineData("fa\u00DF.example", "xn--fa-hia.example")]
    [InlineData("\u4F8B\u3048\u3002\u30C6\u30B9\u30C8", "xn--r8jz45g.xn--zckzah")]
    [InlineData("\u0646\u0627\u0645\u0647\u200C\u0627\u06CC.example", "xn--mgba3gch31f060k.example")]
    public async Task A_name_of_any_script_is_dialled_by_its_A_labels(string name, string ascii)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Files["a"] = "in"u8;
        int port = server.Url.Port;
        using var pcl = new PclProcess("get", "-q", "-o", "-", "--resolve", $"{ascii}:{port}:127.0.0.1", $"http://{name}:{port}/a");
        Assert.Equal((0, "in", ""), await pcl.EndAsync());
        Assert.Equal($"{ascii}:{port}", server.Calls.Single()["Host"]);
    }

    [Fact]
    public async Task A_name_that_is_none_is_refused()
    {
        using var pcl = new PclProcess("get", "-q", "-o", "-", "http://a\u05D0.example/");
        (int code, string output, string error) = await pcl.EndAsync();
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("not a valid internationalized name", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://\uFF2C\uFF2F\uFF23\uFF21\uFF2C\uFF28\uFF2F\uFF33\uFF34")]
    [InlineData("socks5://local\u00ADhost")]
    public async Task A_proxys_name_is_read_as_a_servers_is(string proxy)
    {
        using var pcl = new PclProcess("get", "-q", "-o", "-", "--retry", "0", "--proxy", proxy + ":1", "http://127.0.0.1:1/");
        (int code, string output, string error) = await pcl.EndAsync();
        Assert.Equal((3, ""), (code, output));
        Assert.Contains("localhost", error, StringComparison.Ordinal);
    }
}
