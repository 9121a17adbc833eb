using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <summary>What an opener does with URLs of FTP, as a user meets it, on the mock server.</summary>
public sealed class FtpUrlTests : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly DateTimeOffset Changed = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private MockFtpServer _server = null!;
    private UrlOpener _opener = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockFtpServer.StartAsync(new MockFtpServerOptions { KeepPasswords = true });
        _server.Files["pub/a.txt"] = new MockFile("0123456789"u8) { Modified = Changed };
        _opener = Opener();
    }

    public async ValueTask DisposeAsync()
    {
        await _opener.DisposeAsync();
        await _server.DisposeAsync();
    }

    private UrlOpener Opener(Func<UrlOpenerOptions, UrlOpenerOptions>? change = null)
    {
        var options = new UrlOpenerOptions { Transport = _server.Transport, Resilience = ResilienceOptions.None };
        return new UrlOpener(change is null ? options : change(options));
    }

    private UrlOpener Clear(Func<UrlOpenerOptions, UrlOpenerOptions>? change = null) => Opener(options =>
    {
        options = options with { Transport = options.Transport with { Tls = TlsOptions.Default with { Mode = TlsMode.None } } };
        return change is null ? options : change(options);
    });

    private string UrlOf(string path, string user = "") => $"ftp://{user}127.0.0.1:{_server.EndPoint!.Port}{path}";

    private ValueTask<UrlContent> AskAsync(string path, Func<UrlRequest, UrlRequest> change) =>
        _opener.HandlerOf("ftp").OpenAsync(change(new UrlRequest(UrlText.Parse(UrlOf(path)))));

    [Fact]
    public async Task A_file_is_opened_with_its_facts()
    {
        await using UrlContent content = await _opener.OpenAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety);
        Assert.Equal((10L, 10L, 0L, Changed), (content.Length, content.Total, content.Offset, content.LastModified));
        Assert.Equal(UrlOf("/pub/a.txt"), content.FinalUrl.AbsoluteUri);
        Assert.Empty(content.Headers);
        Assert.Equal("0123456789", await content.ReadTextAsync());
        Assert.DoesNotContain(_server.Calls.Problems, static call => call.Verb != "AUTH");
        Assert.Equal('I', _server.Calls.Single("RETR").Type);
    }

    [Fact]
    public async Task Facts_are_told_without_a_download()
    {
        UrlInfo info = await _opener.StatAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety);
        Assert.Equal((10L, Changed), (info.Length, info.LastModified));
        Assert.Null((await _opener.StatAsync(UrlOf("/pub/")).WaitAsync(Safety)).Length);
        Assert.Null((await _opener.StatAsync(UrlOf("/")).WaitAsync(Safety)).Length);
        Assert.Equal(0, _server.DataConnectionCount);
        await Assert.ThrowsAsync<FtpReplyException>(() => _opener.StatAsync(UrlOf("/none")).WaitAsync(Safety));
    }

    [Fact]
    public async Task A_directory_is_listed_with_urls_that_open()
    {
        _server.Files["pub/with blank?#%.txt"] = "odd"u8;
        _server.Files["pub/grüezi"] = "ü"u8;
        _server.Files["pub/sub/x"] = "x"u8;
        List<UrlEntry> entries = await _opener.ListAsync(UrlOf("/pub/")).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToListAsync();
        Assert.Equal(["a.txt", "grüezi", "sub", "with blank?#%.txt"], entries.Select(entry => entry.Name));
        Assert.Equal((10L, Changed, false), (entries[0].Length, entries[0].LastModified, entries[0].IsFolder));
        Assert.Equal((true, null), (entries[2].IsFolder, entries[2].Length));
        Assert.Equal(UrlOf("/pub/sub/"), entries[2].Url.AbsoluteUri);
        Assert.Equal(["x"], await _opener.ListAsync(entries[2].Url.AbsoluteUri).Select(entry => entry.Name).ToListAsync());
        Assert.Equal("odd", await _opener.ReadTextAsync(entries[3].Url.AbsoluteUri).WaitAsync(Safety));
        Assert.Equal("ü", await _opener.ReadTextAsync(entries[1].Url.AbsoluteUri).WaitAsync(Safety));
        Assert.Equal(["pub"], await _opener.ListAsync(UrlOf("/")).Select(entry => entry.Name).ToListAsync());
        Assert.Equal("0123456789", await _opener.ReadTextAsync(UrlOf("/%2Fpub/a.txt")).WaitAsync(Safety));
    }

    [Theory]
    [InlineData("/pub/")]
    [InlineData("/pub;type=d")]
    [InlineData("/pub/;type=D")]
    public async Task A_directory_opened_as_content_is_a_name_a_line(string path)
    {
        _server.Files["pub/sub/x"] = "x"u8;
        await using UrlContent content = await _opener.OpenAsync(UrlOf(path)).WaitAsync(Safety);
        Assert.Equal(("text/plain", "utf-8", null), (content.MediaType, content.Charset, content.Length));
        Assert.Equal(["a.txt", "sub/"], (await content.ReadTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_listing_that_is_left_early_ends_and_a_long_one_is_read_in_pieces()
    {
        for (int i = 0; i < 3000; i++) _server.Files[$"many/{i:D6}.dat"] = "x"u8;
        await using (UrlContent left = await _opener.OpenAsync(UrlOf("/many/")).WaitAsync(Safety))
            Assert.Equal(5, await left.Stream.ReadAsync(new byte[5]).AsTask().WaitAsync(Safety));
        Assert.Equal(3000, (await _opener.ReadTextAsync(UrlOf("/many/")).WaitAsync(Safety)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(0, await UntilNoneAsync(() => _server.OpenDataConnections));
    }

    [Fact]
    public async Task Each_read_of_a_directory_is_ended_by_its_own_caller_and_one_that_ended_has_no_end_of_text()
    {
        for (int i = 0; i < 3000; i++) _server.Files[$"many/{i:D6}.dat"] = "x"u8;
        FaultRule stall = _server.DataFaults.StallAfterBytes(10_000).On(line => line.StartsWith("MLSD", StringComparison.Ordinal)).Once();
        await using UrlContent content = await _opener.OpenAsync(UrlOf("/many/")).WaitAsync(Safety);
        using var first = new CancellationTokenSource();
        Assert.Equal(5, await content.Stream.ReadAsync(new byte[5], first.Token).AsTask().WaitAsync(Safety));
        // The first caller's token is no other's.
        await first.CancelAsync();
        Assert.Equal(5, await content.Stream.ReadAsync(new byte[5]).AsTask().WaitAsync(Safety));
        using var second = new CancellationTokenSource();
        Task<int> reading = content.Stream.ReadAsync(new byte[1_000_000], second.Token).AsTask();
        await stall.WaitForStrikeAsync().WaitAsync(Safety);
        await second.CancelAsync();
        OperationCanceledException ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Safety));
        Assert.Equal(second.Token, ended.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => content.Stream.ReadAsync(new byte[5]).AsTask().WaitAsync(Safety));
        Assert.Equal(0, await UntilNoneAsync(() => _server.OpenDataConnections));
    }

    [Fact]
    public async Task The_type_of_a_url_is_that_of_the_transfer()
    {
        _server.Files["t.txt"] = "one\ntwo\n"u8;
        Assert.Equal("one\ntwo\n".ReplaceLineEndings(), await _opener.ReadTextAsync(UrlOf("/t.txt;type=a")).WaitAsync(Safety));
        Assert.Equal('A', _server.Calls.Single("RETR").Type);
        Assert.Equal("one\ntwo\n", await _opener.ReadTextAsync(UrlOf("/t.txt;type=i")).WaitAsync(Safety));
        Assert.Equal('I', _server.Calls.Of("RETR")[1].Type);
        await Assert.ThrowsAsync<ArgumentException>(() => _opener.ReadTextAsync(UrlOf("/t.txt;type=x")).WaitAsync(Safety));
    }

    [Theory]
    [InlineData(4, null, "456789", 6L)]
    [InlineData(4, 3L, "456", 3L)]
    [InlineData(0, 3L, "012", 3L)]
    [InlineData(7, 100L, "789", 3L)]
    [InlineData(10, null, "", 0L)]
    public async Task A_part_is_a_part(long offset, long? length, string expected, long announced)
    {
        await using UrlContent content = await AskAsync("/pub/a.txt", request => request with { Offset = offset, Length = length });
        Assert.Equal((offset, announced, 10L), (content.Offset, content.Length, content.Total));
        Assert.Equal(expected, await content.ReadTextAsync());
        await content.DisposeAsync();
        // The connection serves the next one, whether the file was read to its end or left.
        Assert.Equal("0123456789", await _opener.ReadTextAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety));
    }

    [Fact]
    public async Task A_part_of_what_has_changed_or_of_a_shorter_file_is_the_whole()
    {
        string validator;
        await using (UrlContent first = await AskAsync("/pub/a.txt", request => request)) validator = first.Validator!;
        Assert.NotEqual('"', validator[0]);
        await using (UrlContent same = await AskAsync("/pub/a.txt", request => request with { Offset = 4, Validator = validator }))
            Assert.Equal((4L, validator), (same.Offset, same.Validator));
        _server.Files["pub/a.txt"] = new MockFile("abcdefghij"u8) { Modified = Changed.AddSeconds(1) };
        await using (UrlContent other = await AskAsync("/pub/a.txt", request => request with { Offset = 4, Validator = validator }))
            Assert.Equal((0L, "abcdefghij"), (other.Offset, await other.ReadTextAsync()));
        await using UrlContent beyond = await AskAsync("/pub/a.txt", request => request with { Offset = 11 });
        Assert.Equal((0L, "abcdefghij"), (beyond.Offset, await beyond.ReadTextAsync()));
    }

    [Fact]
    public async Task A_server_that_begins_nowhere_else_gives_the_whole()
    {
        await using MockFtpServer old = await MockFtpServer.StartAsync(new MockFtpServerOptions { Without = ["REST", "MDTM", "SIZE", "MLST", "MLSD", "EPSV"] });
        old.Files["a"] = "0123456789"u8;
        await using UrlOpener opener = Opener();
        await using UrlContent content = await opener.HandlerOf("ftp").OpenAsync(new UrlRequest(old.UrlOf("/a")) { Offset = 4 });
        Assert.Equal((0L, null, null), (content.Offset, content.Length, content.Validator));
        Assert.Equal("0123456789", await content.ReadTextAsync());
    }

    [Fact]
    public async Task What_is_not_newer_is_not_sent()
    {
        await using UrlContent same = await AskAsync("/pub/a.txt", request => request with { IfModifiedSince = Changed });
        Assert.True(same.IsNotModified);
        await using UrlContent newer = await AskAsync("/pub/a.txt", request => request with { IfModifiedSince = Changed.AddSeconds(-1) });
        Assert.False(newer.IsNotModified);
        Assert.Single(_server.Calls.Of("RETR"));
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task A_failure_is_repeated_unless_the_caller_repeats_himself(bool retry, int times)
    {
        await using UrlOpener opener = Opener(options => options with { Resilience = ResilienceOptions.Default with { BaseDelay = TimeSpan.FromMilliseconds(1) } });
        await opener.StatAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety);
        _server.Faults.ResetAfterBytes(0).On("RETR").Once();
        var request = new UrlRequest(UrlText.Parse(UrlOf("/pub/a.txt"))) { Retry = retry };
        ValueTask<UrlContent> opening = opener.HandlerOf("ftp").OpenAsync(request);
        if (retry) await (await opening).DisposeAsync();
        else await Assert.ThrowsAsync<TransportException>(() => opening.AsTask());
        Assert.Equal(times, _server.Calls.Of("RETR").Count);
    }

    [Fact]
    public async Task One_connection_serves_one_user_after_the_other_opening()
    {
        for (int i = 0; i < 5; i++) await _opener.ReadTextAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety);
        Assert.Equal(1, _server.ConnectionCount);
        await using UrlOpener users = Clear();
        await users.ReadTextAsync(UrlOf("/pub/a.txt", "ann:one@")).WaitAsync(Safety);
        await users.ReadTextAsync(UrlOf("/pub/a.txt", "bob:two@")).WaitAsync(Safety);
        await users.ReadTextAsync(UrlOf("/pub/a.txt", "ann:one@")).WaitAsync(Safety);
        Assert.Equal(3, _server.ConnectionCount);
        Assert.Equal(["anonymous", "ann", "bob"], _server.Calls.Of("USER").Select(call => call.Argument));
        await users.DisposeAsync();
        await _opener.DisposeAsync();
        Assert.Equal(0, await UntilNoneAsync(() => _server.OpenConnections));
    }

    [Fact]
    public async Task Credentials_come_from_the_url_then_the_options_then_the_file()
    {
        Netrc netrc = Netrc.Parse("machine 127.0.0.1 login file password from-file\nmachine 127.0.0.1 login ann password ann-s");
        await using (UrlOpener all = Clear(options => options with { Credentials = new Credentials("options", "from-options"), Netrc = netrc }))
        {
            await all.StatAsync(UrlOf("/pub/a.txt", "url:from-url@")).WaitAsync(Safety);
            await all.StatAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety);
            await all.StatAsync(UrlOf("/pub/a.txt", "ann@")).WaitAsync(Safety);
        }

        await using (UrlOpener file = Clear(options => options with { Netrc = netrc })) await file.StatAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety);
        Assert.Equal(
            [("url", "from-url"), ("options", "from-options"), ("ann", "ann-s"), ("file", "from-file")],
            _server.Calls.Of("PASS").Select(call => (call.User!, call.Argument)));
    }

    [Fact]
    public async Task A_token_of_another_protocol_is_no_password()
    {
        var token = Credentials.FromTokens("ann", _ => ValueTask.FromResult(new Secret("t0ken")));
        await using UrlOpener opener = Opener(options => options with { Credentials = token });
        await opener.StatAsync(UrlOf("/pub/a.txt")).WaitAsync(Safety);
        Assert.Equal("anonymous", _server.Calls.Single("USER").Argument);
    }

    internal static async Task<long> UntilNoneAsync(Func<long> count)
    {
        using var limit = new CancellationTokenSource(Safety);
        while (count() > 0 && !limit.IsCancellationRequested) await Task.Yield();
        return count();
    }
}
