using System.Text.Json.Nodes;
using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.Tool;

/// <summary>NTLM in a process whose runtime has it, and in one whose runtime has not: the switch is read once a process.</summary>
public sealed class NtlmTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ntlm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_command_knows_NTLM_without_a_package_of_the_system()
    {
        await using MockHttpServer server = await OnlyNtlmAsync();
        using var pcl = new PclProcess("get", "-q", "-u", "ann:secret", "-o", "-", server.Url.AbsoluteUri);
        Assert.Equal((0, "in"), await CodeAndOutputAsync(pcl));
    }

    [Fact]
    public async Task A_runtime_without_it_is_named_with_what_to_do()
    {
        await using MockHttpServer server = await OnlyNtlmAsync();
        using var pcl = new PclProcess(Config(ntlm: false), ["get", "-q", "-u", "ann:secret", "-o", "-", server.Url.AbsoluteUri]);
        (int code, string output, string error) = await pcl.EndAsync();
        Assert.Empty(output);
        Assert.Contains("asks for NTLM, which this platform cannot do", error, StringComparison.Ordinal);
        Assert.Contains("System.Net.Security.UseManagedNtlm", error, StringComparison.Ordinal);
        Assert.Contains("gss-ntlmssp", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.Equal(6, code);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task A_runtime_without_it_takes_the_next_best_that_is_offered()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.AnyOf(MockAuthentication.Ntlm("ann", "secret"), MockAuthentication.Digest("ann", "secret", "SHA-256"));
        server.Routes.Get("/").Respond("in");
        using var pcl = new PclProcess(Config(ntlm: false), ["get", "-q", "-u", "ann:secret", "-o", "-", server.Url.AbsoluteUri]);
        Assert.Equal((0, "in"), await CodeAndOutputAsync(pcl));
        Assert.StartsWith("Digest ", server.Calls.Last()["Authorization"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_proxys_tunnel_behind_NTLM_is_opened_or_refused_with_the_same_words(bool ntlm)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true });
        server.Routes.Get("/").Respond("in");
        await using MockProxyServer proxy = await MockProxyServer.StartAsync();
        proxy.Authentication = MockAuthentication.Ntlm("ann", "secret");
        string url = proxy.Url.AbsoluteUri.Replace("//", "//ann:secret@", StringComparison.Ordinal);
        using var pcl = new PclProcess(Config(ntlm), ["get", "-q", "--retry", "0", "--insecure", "--proxy", url, "-o", "-", server.Url.AbsoluteUri]);
        (int code, string output, string error) = await pcl.EndAsync();
        Assert.Equal((ntlm ? "in" : string.Empty, ntlm ? 0 : 3), (output, code));
        Assert.Equal(!ntlm, error.Contains("asks for NTLM, which this platform cannot do", StringComparison.Ordinal));
        Assert.Equal(ntlm ? [407, 407, 200] : [407], proxy.Calls.Select(static call => call.Status));
    }

    private static async Task<MockHttpServer> OnlyNtlmAsync()
    {
        MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm("ann", "secret");
        server.Routes.Get("/").Respond("in");
        return server;
    }

    private static async Task<(int Code, string Output)> CodeAndOutputAsync(PclProcess pcl)
    {
        (int code, string output, string error) = await pcl.EndAsync();
        Assert.True(code == 0, error);
        return (code, output);
    }

    /// <summary>The command's own runtime configuration, with the switch of NTLM set.</summary>
    private string Config(bool ntlm)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pcl.runtimeconfig.json")))!;
        config["runtimeOptions"]!["configProperties"]!["System.Net.Security.UseManagedNtlm"] = ntlm;
        string path = Path.Combine(_folder, "runtimeconfig.json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }
}
