using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using ProtocolClients.HttpTests;

namespace ProtocolClients.UrlTests;

public sealed class RetrievalTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("retrieval-tests-").FullName;

    private string Target => Path.Combine(_folder, "out.bin");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static UrlOpener Opener(int attempts = 1) => new(new UrlOpenerOptions
    {
        Resilience = ResilienceOptions.None with { Attempts = attempts, BaseDelay = TimeSpan.FromMilliseconds(1) },
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    });

    private static long RangeStart(string head)
    {
        int at = head.IndexOf("Range: bytes=", StringComparison.Ordinal);
        return at < 0 ? 0 : long.Parse(head.AsSpan(at + 13, head.IndexOf('-', at + 13) - at - 13), CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_connection_is_resumed_where_it_broke_off_only_on_a_strong_validator(bool strong)
    {
        byte[] body = RandomNumberGenerator.GetBytes(500_000);
        string tag = strong ? "\"v1\"" : "W/\"v1\"";
        int asked = 0;
        await using var server = new RawServer(async (head, stream, stop) =>
        {
            long start = RangeStart(head);
            string first = start == 0 ? "200 OK" : "206 Partial Content";
            string range = start == 0 ? string.Empty : $"Content-Range: bytes {start}-{body.Length - 1}/{body.Length}\r\n";
            await RawServer.WriteAsync(stream, $"HTTP/1.1 {first}\r\nETag: {tag}\r\n{range}Content-Length: {body.Length - start}\r\n\r\n", stop);
            if (Interlocked.Increment(ref asked) == 1)
            {
                await stream.WriteAsync(body.AsMemory(0, 200_000), stop);
                throw new RawServer.CloseException();
            }

            await stream.WriteAsync(body.AsMemory((int)start), stop);
        });
        await using UrlOpener opener = Opener(attempts: 3);
        using RetrievedFile file = await opener.RetrieveAsync(server.Url, Target, new() { Checksum = "sha256:" + Convert.ToHexString(SHA256.HashData(body)) }).WaitAsync(Safety);
        Assert.Equal(body, await File.ReadAllBytesAsync(Target));
        Assert.Equal(2, file.Attempts);
        string second = server.Heads.Last();
        Assert.Equal(strong ? 200_000 : 0, RangeStart(second));
        Assert.Equal(strong, second.Contains("If-Range: \"v1\"\r\n", StringComparison.Ordinal));
        Assert.Contains("Accept-Encoding: identity", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resumed_content_that_changed_begins_anew()
    {
        byte[] old = RandomNumberGenerator.GetBytes(300_000);
        byte[] fresh = RandomNumberGenerator.GetBytes(200_000);
        int asked = 0;
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            bool first = Interlocked.Increment(ref asked) == 1;
            byte[] body = first ? old : fresh;
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nETag: \"{asked}\"\r\nContent-Length: {body.Length}\r\n\r\n", stop);
            await stream.WriteAsync(first ? body.AsMemory(0, 250_000) : body, stop);
            if (first) throw new RawServer.CloseException();
        });
        await using UrlOpener opener = Opener(attempts: 2);
        await opener.RetrieveAsync(server.Url, Target, new() { Checksum = "sha256:" + Convert.ToHexString(SHA256.HashData(fresh)) }).WaitAsync(Safety);
        Assert.Equal(fresh, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task Another_part_than_was_asked_for_is_refused()
    {
        int asked = 0;
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n01234", stop);
                throw new RawServer.CloseException();
            }

            await RawServer.WriteAsync(stream, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789", stop);
        });
        await using UrlOpener opener = Opener(attempts: 2);
        await Assert.ThrowsAsync<WireFormatException>(() => opener.RetrieveAsync(server.Url, Target).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("ETag: \"b\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5")]
    [InlineData("ETag: \"a\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 4")]
    [InlineData("ETag: \"a\"\r\nContent-Range: bytes 5-8/10\r\nContent-Length: 4")]
    [InlineData("ETag: \"a\"\r\nContent-Range: bytes 5-9/20\r\nContent-Length: 5")]
    [InlineData("ETag: \"a\"\r\nContent-Range: bytes 5-11/12\r\nContent-Length: 7")]
    [InlineData("ETag: \"a\"\r\nContent-Range: bytes 5-9/10, bytes 5-9/10\r\nContent-Length: 5")]
    [InlineData("ETag: \"a\"\r\nContent-Length: 5")]
    public async Task A_rest_of_another_content_or_of_another_length_is_refused(string head)
    {
        int asked = 0;
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            bool first = Interlocked.Increment(ref asked) == 1;
            await RawServer.WriteAsync(
                stream,
                first ? "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n01234" : $"HTTP/1.1 206 Partial Content\r\n{head}\r\n\r\n56789",
                stop);
            throw new RawServer.CloseException();
        });
        await using UrlOpener opener = Opener(attempts: 2);
        await Assert.ThrowsAsync<WireFormatException>(() => opener.RetrieveAsync(server.Url, Target).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_rest_in_chunks_that_stops_early_is_not_taken_for_the_whole()
    {
        int asked = 0;
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            bool first = Interlocked.Increment(ref asked) == 1;
            await RawServer.WriteAsync(
                stream,
                first
                    ? "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n01234"
                    : "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 5-9/10\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n56\r\n0\r\n\r\n",
                stop);
            throw new RawServer.CloseException();
        });
        await using UrlOpener opener = Opener(attempts: 2);
        await Assert.ThrowsAsync<IntegrityException>(() => opener.RetrieveAsync(server.Url, Target).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Two_hundred_transfers_cut_anywhere_give_the_right_file_or_none()
    {
        var random = new Random(20_260_101);
        byte[] old = new byte[100_000];
        random.NextBytes(old);
        byte[] fresh = old[..90_000];
        random.NextBytes(fresh.AsSpan(50_000));
        for (int round = 0; round < 200; round++)
        {
            int cut = random.Next(1, old.Length);
            int secondCut = random.Next(1, old.Length);
            bool changes = random.Next(3) == 0;
            bool honest = random.Next(3) > 0;
            int asked = 0;
            await using (var server = new RawServer(async (head, stream, stop) =>
            {
                int attempt = Interlocked.Increment(ref asked);
                byte[] body = changes && attempt > 1 ? fresh : old;
                long start = changes && attempt == 2 && honest ? 0 : Math.Min(RangeStart(head), body.Length - 1);
                string tag = ReferenceEquals(body, old) ? "old" : "new";
                string status = start == 0 ? "200 OK" : $"206 Partial Content\r\nContent-Range: bytes {start}-{body.Length - 1}/{body.Length}";
                await RawServer.WriteAsync(stream, $"HTTP/1.1 {status}\r\nETag: \"{tag}\"\r\nContent-Length: {body.Length - start}\r\n\r\n", stop);
                int end = attempt == 1 ? cut : attempt == 2 ? Math.Max(secondCut, (int)start) : body.Length;
                end = Math.Min(end, body.Length);
                await stream.WriteAsync(body.AsMemory((int)start..end), stop);
                if (end < body.Length) throw new RawServer.CloseException();
            }))
            {
                await using UrlOpener opener = Opener(attempts: 4);
                try
                {
                    await opener.RetrieveAsync(server.Url, Target).WaitAsync(Safety);
                    Assert.Equal(changes && asked > 1 ? fresh : old, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
                    File.Delete(Target);
                }
                catch (WireFormatException) when (changes && !honest)
                {
                    // The server sent a part of another content: no file at all.
                }
            }

            Assert.Empty(Directory.GetFileSystemEntries(_folder));
        }
    }

    [Fact]
    public async Task A_body_that_stays_short_leaves_nothing_behind()
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", stop);
            throw new RawServer.CloseException();
        });
        await using UrlOpener opener = Opener(attempts: 2);
        await Assert.ThrowsAsync<IntegrityException>(() => opener.RetrieveAsync(server.Url, Target).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Equal(2, server.Heads.Count);
    }

    [Fact]
    public async Task A_wrong_checksum_leaves_nothing_behind_and_is_not_tried_again()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        await using UrlOpener opener = Opener(attempts: 3);
        IntegrityException failure = await Assert.ThrowsAsync<IntegrityException>(
            () => opener.RetrieveAsync(server.Url, Target, new() { Checksum = "md5:00000000000000000000000000000000" }).WaitAsync(Safety));
        Assert.False(failure.IsTransient);
        Assert.Single(server.Heads);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", typeof(HttpStatusException))]
    [InlineData("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n", typeof(AuthenticationFailedException))]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", typeof(HttpRedirectException))]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", typeof(HttpRedirectException))]
    [InlineData("nonsense\r\n\r\n", typeof(WireFormatException))]
    public async Task A_refusal_leaves_nothing_behind(string answer, Type failure)
    {
        await using var server = new RawServer(answer);
        await using UrlOpener opener = Opener();
        await Assert.ThrowsAsync(failure, () => opener.RetrieveAsync(server.Url, Target).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Cancelling_in_the_middle_leaves_nothing_behind()
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 300_000), stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        await using UrlOpener opener = Opener(attempts: 3);
        using var cancel = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        Task<RetrievedFile> retrieving = opener.RetrieveAsync(server.Url, Target, new() { Progress = new Signal(begun) }, cancel.Token);
        await begun.Task.WaitAsync(Safety);
        Assert.False(File.Exists(Target));
        await cancel.CancelAsync();
        OperationCanceledException end = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => retrieving.WaitAsync(Safety));
        Assert.Equal(cancel.Token, end.CancellationToken);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_before_anything_is_asked_for()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        await using UrlOpener opener = Opener();
        string file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "x");
        string[] places = [Path.Combine(file, "below"), _folder, Path.Combine(_folder, "missing", "out")];
        foreach (string place in OperatingSystem.IsLinux() ? [.. places, "/proc/self/out"] : places)
        {
            Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => opener.RetrieveAsync(server.Url, place).WaitAsync(Safety));
            Assert.True(failure is IOException or UnauthorizedAccessException, failure.ToString());
        }

        Assert.Empty(server.Heads);
    }

    [Fact]
    public async Task Temporary_files_go_when_they_are_disposed_and_by_cleanup()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        await using UrlOpener opener = Opener();
        RetrievedFile first = await opener.RetrieveAsync(server.Url).WaitAsync(Safety);
        using RetrievedFile second = await opener.RetrieveAsync(server.Url).WaitAsync(Safety);
        Assert.True(first.IsTemporary);
        Assert.Equal("abc", await File.ReadAllTextAsync(first.Path));
        first.Dispose();
        Assert.False(File.Exists(first.Path));
        Assert.True(File.Exists(second.Path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(second.Path)!));
        }

        // A later file of the name is another's: it is not deleted a second time.
        await File.WriteAllTextAsync(first.Path, "another's");
        opener.Cleanup();
        first.Dispose();
        Assert.False(File.Exists(second.Path));
        Assert.True(File.Exists(first.Path));
        File.Delete(first.Path);
    }

    [Fact]
    public void Folders_of_dead_processes_are_removed_and_those_of_living_ones_kept()
    {
        TemporaryFolder living = TemporaryFolder.Create(_folder);
        File.WriteAllText(living.NewName(), "in use");
        string dead = Path.Combine(_folder, "protocolclients-1-dead");
        Directory.CreateDirectory(dead);
        File.WriteAllText(Path.Combine(dead, ".lock"), string.Empty);
        File.WriteAllText(Path.Combine(dead, "a.retrieved"), "left");
        string outside = Path.Combine(_folder, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, ".lock"), string.Empty);
        File.WriteAllText(Path.Combine(outside, "b.retrieved"), "mine");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "protocolclients-1-link"), outside);

        TemporaryFolder.Sweep(_folder);

        Assert.False(Directory.Exists(dead));
        Assert.True(File.Exists(Path.Combine(outside, "b.retrieved")));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(living.NewName())!, "*.retrieved"));
        string path = Path.GetDirectoryName(living.NewName())!;
        living.Remove();
        Assert.False(Directory.Exists(path));
    }

    private sealed class Signal(TaskCompletionSource begun) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => begun.TrySetResult();
    }
}
