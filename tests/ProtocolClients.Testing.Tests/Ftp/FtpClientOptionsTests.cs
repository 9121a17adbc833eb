using ProtocolClients.Transport;

namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>The options that a server has for its clients, and what the page about this package shows with them.</summary>
public sealed class FtpClientOptionsTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_client_with_the_options_of_the_server_reaches_it(bool memory, bool isImplicit)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { InMemory = memory, Tls = isImplicit, RequireTls = true, RequireTlsReuse = true });
        server.Users["ann"] = "secret";
        server.Files["pub/a.txt"] = "hello"u8;
        await using var ftp = new FtpClient(server.Url, server.ClientOptions with { Credentials = new("ann", "secret") });
        Assert.Equal("hello", await ftp.ReadTextAsync("pub/a.txt"));
        await ftp.UploadAsync(new MemoryStream("up"u8.ToArray()), "pub/b.txt");
        Assert.Equal("up", server.Files["pub/b.txt"].ToString());
        Assert.All(server.Calls.Where(static call => call.Verb is "RETR" or "STOR"), static call => Assert.True(call.IsDataTlsResumed));
        server.Calls.AssertNoProblems();
    }

    [Fact]
    public async Task They_retry_nothing_so_that_a_test_sees_each_fault()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { RequireTls = true, RequireTlsReuse = true });
        server.Files["pub/a.txt"] = "hello"u8;
        server.DataFaults.ResetAfterBytes(3).On("RETR").Once();
        await using var ftp = new FtpClient(server.Url, server.ClientOptions);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => ftp.ReadTextAsync("pub/a.txt"));
        server.Calls.AssertCount(1, "RETR");
        Assert.Equal("hello", await ftp.ReadTextAsync("pub/a.txt"));
        server.DataFaults.ResetAfterBytes(3).On("RETR").Once();
        await using var patient = new FtpClient(server.Url, server.ClientOptions with { Resilience = ResilienceOptions.Default with { BaseDelay = TimeSpan.FromMilliseconds(1) } });
        Assert.Equal("hello", await patient.ReadTextAsync("pub/a.txt"));
    }

    [Fact]
    public async Task They_keep_the_time_of_the_server()
    {
        var time = new VirtualTime();
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { TimeProvider = time });
        Assert.Same(time, server.ClientOptions.TimeProvider);
    }
}
