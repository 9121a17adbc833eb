using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.Tool;

/// <summary>Ctrl-C, SIGTERM and a full disk in the middle of a download leave nothing behind.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-signal-").FullName;

    private string Target => Path.Combine(_folder, "out.bin");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    // Nothing can be done about it: what has no name goes with its process all the same.
    [InlineData("KILL", 137)]
    public async Task A_signal_in_the_middle_of_a_body_leaves_no_file(string signal, int code)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var pcl = new PclProcess("get", "-o", Target, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/x");
        using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        Stream stream = client.GetStream();
        byte[] buffer = new byte[4096];
        Assert.NotEqual(0, await stream.ReadAsync(buffer));
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"u8.ToArray());
        await stream.WriteAsync(new byte[1_000_000]);
        await ConditionAsync(() => pcl.HasWrittenBelow(_folder), pcl);
        Assert.False(File.Exists(Target));

        await pcl.SignalAsync(signal);

        (int actual, string output, string error) = await pcl.EndAsync();
        Assert.True(code == actual, $"exit {actual}: {error}");
        Assert.Empty(output);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    // Nothing comes, and nothing breaks the wait off but the signal.
    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_ends_the_wait_for_a_list_from_standard_input(string signal, int code)
    {
        using var pcl = new PclProcess("get", "--input", "-", "-d", _folder);
        await ConditionAsync(() => pcl.WaitsForInput, pcl);
        await pcl.SignalAsync(signal);
        Assert.Equal((code, "", ""), await pcl.EndAsync());
    }

    [Fact]
    public async Task A_signal_ends_the_wait_for_a_body_from_standard_input()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        using var pcl = new PclProcess("put", "-", server.UrlOf("/x").AbsoluteUri);
        await ConditionAsync(() => pcl.WaitsForInput, pcl);
        await pcl.SignalAsync("TERM");
        Assert.Equal(143, (await pcl.EndAsync()).Code);
    }

    [Fact]
    public async Task A_full_disk_is_9_and_leaves_no_file()
    {
        if (!await MountedAsync("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", _folder))
        {
            if (Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_REQUIRE_SERVERS") == "1") Assert.Fail("A tmpfs could not be mounted.");
            Assert.Skip("Mounting a small tmpfs needs root: sudo dotnet test");
        }

        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var pcl = new PclProcess("get", "--retry", "0", "-o", Target, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/x");
            using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            Stream stream = client.GetStream();
            Assert.NotEqual(0, await stream.ReadAsync(new byte[4096]));
            // Chunked: the size is not announced, so the disk fills while bytes arrive.
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
            try
            {
                byte[] chunk = [.. "10000\r\n"u8, .. new byte[0x10000], .. "\r\n"u8];
                while (!pcl.HasExited) await stream.WriteAsync(chunk);
            }
            catch (IOException)
            {
                // The client hung up, as it should.
            }

            (int code, _, string error) = await pcl.EndAsync();
            Assert.True(code == 9, $"exit {code}: {error}");
            Assert.Empty(Directory.GetFileSystemEntries(_folder));
        }
        finally
        {
            Assert.True(await MountedAsync("umount", _folder));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disk_that_an_ftp_file_fills_is_9_and_leaves_no_file(bool tells)
    {
        if (!await MountedAsync("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", _folder))
        {
            if (Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_REQUIRE_SERVERS") == "1") Assert.Fail("A tmpfs could not be mounted.");
            Assert.Skip("Mounting a small tmpfs needs root: sudo dotnet test");
        }

        try
        {
            await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Without = tells ? [] : ["SIZE"] });
            server.Files["big.bin"] = new byte[8 << 20];
            using var pcl = new PclProcess("get", "--retry", "0", "--proxy", "none", "-o", Target, $"ftp://127.0.0.1:{server.EndPoint!.Port}/big.bin");
            (int code, string output, string error) = await pcl.EndAsync();
            Assert.True(code == 9, $"exit {code}: {error}");
            Assert.Empty(output);
            Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Empty(Directory.GetFileSystemEntries(_folder));
        }
        finally
        {
            Assert.True(await MountedAsync("umount", _folder));
        }
    }

    private static async Task<bool> MountedAsync(string command, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private static async Task ConditionAsync(Func<bool> condition, PclProcess pcl)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!condition())
        {
            Assert.False(pcl.HasExited, "pcl ended early");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }
}
