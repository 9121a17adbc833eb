using System.Text;

namespace ProtocolClients.Testing.Tests;

/// <summary>PUT and DELETE on the files of the mock server, by a client that is a stream and nothing else.</summary>
public sealed class FileWriteTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("mock-put-").FullName;
    private MockHttpServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MockHttpServer.StartInMemoryAsync(new() { WritableFiles = true });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_put_file_is_created_then_replaced_and_served_as_it_came()
    {
        string first = await SendAsync("PUT", "/new/a.bin", "one", "Content-Type: application/x-mine\r\n");
        Assert.StartsWith("HTTP/1.1 201", first, StringComparison.Ordinal);
        Assert.Contains($"ETag: {_server.Files["new/a.bin"].EntityTag}\r\n", first, StringComparison.Ordinal);
        Assert.Equal("one", _server.Files["new/a.bin"].ToString());
        Assert.Contains("Content-Type: application/x-mine\r\n", await Raw.GetAsync(_server, "/new/a.bin"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 204", await SendAsync("PUT", "/new/a.bin", "two"), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\ntwo", await Raw.GetAsync(_server, "/new/a.bin"), StringComparison.Ordinal);
        _server.Calls.AssertAllMatched();
    }

    [Fact]
    public async Task A_chunked_body_is_stored_too()
    {
        string reply = await AskAsync("PUT /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 201", reply, StringComparison.Ordinal);
        Assert.Equal("abcde", _server.Files["c"].ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_is_cut_changes_nothing(bool onDisk)
    {
        if (onDisk) _server.Files.Root = _root;
        Stream stream = await Raw.ConnectAsync(_server);
        await Raw.SendAsync(stream, "PUT /half HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
        await stream.DisposeAsync();
        await _server.Calls.WaitForAsync(static _ => true, TestContext.Current.CancellationToken).WaitAsync(Raw.Safety);
        // Its end waits for what answered the request.
        await _server.DisposeAsync().AsTask().WaitAsync(Raw.Safety);
        Assert.False(_server.Files.Contains("half"));
        Assert.Empty(Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public async Task Delete_removes_a_file_and_nothing_else()
    {
        _server.Files["d/a"] = "x";
        Assert.StartsWith("HTTP/1.1 409", await SendAsync("DELETE", "/d", null), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 204", await SendAsync("DELETE", "/d/a", null), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await SendAsync("DELETE", "/d/a", null), StringComparison.Ordinal);
        Assert.False(_server.Files.Contains("d/a"));
    }

    [Fact]
    public async Task Conditions_guard_changes()
    {
        _server.Files["a"] = "old";
        string tag = _server.Files["a"].EntityTag;
        Assert.StartsWith("HTTP/1.1 412", await SendAsync("PUT", "/a", "new", "If-None-Match: *\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 412", await SendAsync("PUT", "/a", "new", "If-Match: \"other\"\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 412", await SendAsync("PUT", "/b", "new", "If-Match: *\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 412", await SendAsync("DELETE", "/a", null, "If-Match: \"other\"\r\n"), StringComparison.Ordinal);
        Assert.Equal("old", _server.Files["a"].ToString());
        Assert.StartsWith("HTTP/1.1 204", await SendAsync("PUT", "/a", "new", $"If-Match: {tag}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 201", await SendAsync("PUT", "/b", "new", "If-None-Match: *\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "")]
    [InlineData("/dir/", "")]
    [InlineData("/dir", "")]
    [InlineData("/a", "Content-Range: bytes 0-1/9\r\n")]
    public async Task What_is_no_file_is_refused(string path, string field)
    {
        _server.Files["dir/x"] = "x";
        string reply = await SendAsync("PUT", path, "12", field);
        Assert.StartsWith(field.Length > 0 ? "HTTP/1.1 400" : "HTTP/1.1 409", reply, StringComparison.Ordinal);
        Assert.Single(_server.Files);
    }

    [Fact]
    public async Task Below_a_root_files_are_on_disk()
    {
        _server.Files.Root = _root;
        Assert.StartsWith("HTTP/1.1 201", await SendAsync("PUT", "/s/ub/a.txt", "disk"), StringComparison.Ordinal);
        Assert.Equal("disk", await File.ReadAllTextAsync(Path.Combine(_root, "s", "ub", "a.txt"), TestContext.Current.CancellationToken));
        Assert.StartsWith("HTTP/1.1 204", await SendAsync("PUT", "/s/ub/a.txt", "again"), StringComparison.Ordinal);
        Assert.Equal(["a.txt"], Directory.GetFileSystemEntries(Path.Combine(_root, "s", "ub")).Select(static path => Path.GetFileName(path)!));
        Assert.StartsWith("HTTP/1.1 204", await SendAsync("DELETE", "/s/ub/a.txt", null), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_root, "s", "ub")));
    }

    [Fact]
    public async Task Links_are_not_written_through_nor_removed()
    {
        string outside = Directory.CreateTempSubdirectory("mock-out-").FullName;
        try
        {
            string target = Path.Combine(outside, "t");
            await File.WriteAllTextAsync(target, "safe", TestContext.Current.CancellationToken);
            File.CreateSymbolicLink(Path.Combine(_root, "file"), target);
            File.CreateSymbolicLink(Path.Combine(_root, "dangling"), Path.Combine(outside, "none"));
            Directory.CreateSymbolicLink(Path.Combine(_root, "dir"), outside);
            _server.Files.Root = _root;
            foreach (string path in (string[])["/file", "/dangling", "/dir/t", "/dir/new"])
            {
                Assert.StartsWith("HTTP/1.1 403", await SendAsync("PUT", path, "evil"), StringComparison.Ordinal);
            }

            Assert.StartsWith("HTTP/1.1 403", await SendAsync("DELETE", "/file", null), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 403", await SendAsync("DELETE", "/dir/t", null), StringComparison.Ordinal);
            Assert.Equal(["t"], Directory.GetFileSystemEntries(outside).Select(static path => Path.GetFileName(path)!));
            Assert.Equal("safe", await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken));
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task Without_leave_nothing_changes()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Files["a"] = "old";
        foreach (string method in (string[])["PUT", "DELETE"])
        {
            string reply = await AskAsync($"{method} /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nnew", server);
            Assert.StartsWith("HTTP/1.1 405", reply, StringComparison.Ordinal);
            Assert.Contains("Allow: GET, HEAD\r\n", reply, StringComparison.Ordinal);
        }

        Assert.Equal("old", server.Files["a"].ToString());
    }

    private Task<string> SendAsync(string method, string path, string? body, string fields = "")
    {
        string length = body is null ? string.Empty : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n";
        return AskAsync($"{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{length}{fields}\r\n{body}");
    }

    private Task<string> AskAsync(string request, MockHttpServer? server = null) => Raw.AskAsync(server ?? _server, request);
}
