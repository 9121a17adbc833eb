using System.Net.Sockets;

namespace ProtocolClients.Servers.Tests;

public sealed class UnixServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("servers").FullName;

    private string Path => System.IO.Path.Combine(_folder, "s");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_client_is_served_and_the_file_goes_with_the_server()
    {
        await using (var server = UnixServer.Start(Path, TestKit.EchoAsync))
        {
            Assert.Equal(Path, server.Path);
            await using Stream client = await TestKit.DialAsync(new UnixDomainSocketEndPoint(Path));
            await client.SendAsync("x\r\n");
            Assert.Equal("echo x", await client.LineAsync());
        }

        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task A_file_left_behind_by_a_dead_server_is_replaced()
    {
        LeaveBehind();
        Assert.True(File.Exists(Path));
        await using var server = UnixServer.Start(Path, TestKit.EchoAsync);
        await using Stream client = await TestKit.DialAsync(new UnixDomainSocketEndPoint(Path));
        await client.SendAsync("x\r\n");
        Assert.Equal("echo x", await client.LineAsync());
    }

    [Fact]
    public async Task A_server_that_answers_keeps_its_place()
    {
        await using var first = UnixServer.Start(Path, TestKit.EchoAsync);
        Assert.Throws<SocketException>(() => UnixServer.Start(Path, TestKit.EchoAsync));
        await using Stream client = await TestKit.DialAsync(new UnixDomainSocketEndPoint(Path));
        await client.SendAsync("x\r\n");
        Assert.Equal("echo x", await client.LineAsync());
    }

    [Fact]
    public void A_file_that_is_no_socket_is_never_removed()
    {
        File.WriteAllText(Path, "precious");
        Assert.Throws<SocketException>(() => UnixServer.Start(Path, TestKit.EchoAsync));
        Assert.Equal("precious", File.ReadAllText(Path));
    }

    /// <summary>A socket's file whose server is gone: under another name at its end, the server finds nothing to delete.</summary>
    private void LeaveBehind()
    {
        string elsewhere = System.IO.Path.Combine(_folder, "dead");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(elsewhere));
            dead.Listen(1);
            File.Move(elsewhere, Path);
        }
    }
}
