using System.Security.Cryptography;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Uploads by tus 1.0.0: that they go on, from where the server says, and only where that is right.</summary>
public sealed partial class TusUploaderTests : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("tus-").FullName;
    private readonly byte[] _content = new byte[1_000_000];
    private MockHttpServer _server = null!;
    private MockTus _tus = null!;

    private string Path => System.IO.Path.Combine(_folder, "big file.iso");

    private string[] States => Directory.GetFiles(_folder, "*.upload");

    private string EndPoint => _server.UrlOf("/files").AbsoluteUri;

    public async ValueTask InitializeAsync()
    {
        new Random(11).NextBytes(_content);
        await File.WriteAllBytesAsync(Path, _content);
        _server = await MockHttpServer.StartAsync();
        _tus = _server.Routes.Tus("/files");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One process's worth: a session of its own.</summary>
    private Task<TransferResult> UploadAsync(TusOptions? options = null, ResilienceOptions? resilience = null, string? url = null) =>
        UploadAsync(_server.ClientOptions with { Resilience = resilience ?? ResilienceOptions.None }, url ?? EndPoint, options);

    private async Task<TransferResult> UploadAsync(HttpSessionOptions session, string url, TusOptions? options = null)
    {
        await using var http = new HttpSession(session);
        return await new TusUploader(http).UploadAsync(Path, url, options, TestContext.Current.CancellationToken).WaitAsync(Safety);
    }

    private void AssertWhole(string name) => Assert.Equal(Convert.ToHexString(SHA256.HashData(_content)), Convert.ToHexString(SHA256.HashData(_tus.Uploads[name].ToArray())));

    [Fact]
    public async Task A_file_is_uploaded_and_leaves_no_state()
    {
        TransferResult result = await UploadAsync();
        Assert.Equal((Path, new Uri(_server.Url, "/files/1"), 1_000_000L, 0L, 1), (result.Path, result.FinalUrl, result.Bytes, result.ResumedFrom, result.Attempts));
        Assert.Equal("filename " + Convert.ToBase64String(Encoding.UTF8.GetBytes("big file.iso")), _tus.Uploads["1"].Metadata);
        AssertWhole("1");
        Assert.Equal([Path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Runs_that_break_off_anywhere_come_to_one_right_content(int seed)
    {
        var random = new Random(seed);
        long least = 0;
        for (int i = 0; i < 6; i++)
        {
            int bytes = random.Next(0, 150_000);
            _tus.CutAfter(bytes);
            await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync());
            Assert.Equal(least += bytes, _tus.Uploads["1"].Offset);
            Assert.Single(States);
        }

        TransferResult result = await UploadAsync(new TusOptions { MaxRequest = 100_000 });
        Assert.Equal(least, result.ResumedFrom);
        Assert.Equal((1_000_000 - least + 99_999) / 100_000, result.Attempts);
        Assert.Single(_tus.Uploads);
        AssertWhole("1");
        Assert.Empty(States);
    }

    [Fact]
    public async Task A_connection_that_is_lost_is_made_anew_within_one_run()
    {
        _tus.CutAfter(300_000);
        _tus.CutAfter(0);
        TransferResult result = await UploadAsync(resilience: new ResilienceOptions { Attempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) });
        Assert.Equal((3, 0L), (result.Attempts, result.ResumedFrom));
        AssertWhole("1");
        Assert.Equal(["0", "300000", "300000"], _server.Calls.Of("PATCH", "/files/1").Select(static call => call.Headers["Upload-Offset"]));
    }

    [Fact]
    public async Task A_file_that_changed_or_an_upload_that_is_forgotten_begins_anew()
    {
        _tus.CutAfter(1000);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync());
        _content[0]++;
        await File.WriteAllBytesAsync(Path, _content);
        File.SetLastWriteTimeUtc(Path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _tus.CutAfter(1000);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync());
        Assert.Equal(1000, _tus.Uploads["2"].Offset);
        _tus.Remove("2");
        Assert.Equal(0, (await UploadAsync()).ResumedFrom);
        AssertWhole("3");
    }

    [Fact]
    public async Task All_is_there_and_only_the_answer_was_lost()
    {
        _tus.CutAfter(1_000_000);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync());
        TransferResult result = await UploadAsync();
        Assert.Equal((1_000_000L, 0), (result.ResumedFrom, result.Attempts));
        AssertWhole("1");
    }

    [Fact]
    public async Task Nothing_is_kept_unless_it_goes_on_and_an_empty_file_is_an_upload_too()
    {
        _tus.CutAfter(1000);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync(new TusOptions { Continue = false }));
        Assert.Equal([Path], Directory.GetFiles(_folder));
        await File.WriteAllBytesAsync(Path, []);
        Assert.Equal((0L, 0), (await UploadAsync() is var result ? (result.Bytes, result.Attempts) : default));
        Assert.True(_tus.Uploads["2"].IsWhole);
    }

    [Fact]
    public async Task The_state_is_for_its_owner_and_never_replaces_another_file()
    {
        _tus.CutAfter(1000);
        string url = EndPoint + "?token=secret";
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync(url: url));
        string state = Assert.Single(States);
        Assert.Matches(@"/big file\.iso\.[0-9a-f]{16}\.upload$", state.Replace('\\', '/'));
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(state), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(state));
        await File.WriteAllTextAsync(state, "mine");
        await Assert.ThrowsAsync<IOException>(() => UploadAsync(url: url));
        Assert.Equal("mine", await File.ReadAllTextAsync(state));
    }

    [Fact]
    public async Task An_upload_at_another_origin_is_refused_and_gets_nothing()
    {
        await using MockHttpServer other = await MockHttpServer.StartAsync();
        _server.Routes.Post("/away").Respond(201).Header("Location", other.UrlOf("/files/1").AbsoluteUri).Header("Tus-Resumable", "1.0.0");
        await Assert.ThrowsAsync<WireFormatException>(() => UploadAsync(url: _server.UrlOf("/away").AbsoluteUri));
        Assert.Empty(other.Calls);
        Assert.Empty(States);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_it_gets_no_byte()
    {
        _server.Routes.Post("/plain").Respond(201).Header("Location", "/plain/1");
        await Assert.ThrowsAsync<CapabilityMissingException>(() => UploadAsync(url: _server.UrlOf("/plain").AbsoluteUri));
        _server.Routes.Post("/newer").Respond(412).Header("Tus-Version", "2.0.0");
        await Assert.ThrowsAsync<CapabilityMissingException>(() => UploadAsync(url: _server.UrlOf("/newer").AbsoluteUri));
        await Assert.ThrowsAsync<HttpStatusException>(() => UploadAsync(url: _server.UrlOf("/none").AbsoluteUri));
        Assert.Empty(_server.Calls.Of("PATCH", "/**"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1000001")]
    [InlineData("-1")]
    [InlineData("many")]
    public async Task An_offset_that_cannot_be_ends_it(string offset)
    {
        _server.Routes.On("PATCH", "/files/*").Respond(204).Header("Tus-Resumable", "1.0.0").Header("Upload-Offset", offset);
        await Assert.ThrowsAsync<WireFormatException>(() => UploadAsync(resilience: new ResilienceOptions { Attempts = 5, BaseDelay = TimeSpan.FromMilliseconds(1) }));
        _server.Calls.AssertCount(1, "PATCH", "/files/1");
    }

    [Fact]
    public async Task A_conflict_is_settled_by_asking_and_one_that_stays_ends_it()
    {
        _server.Routes.On("PATCH", "/files/*").Respond(409).Header("Tus-Resumable", "1.0.0");
        await Assert.ThrowsAsync<WireFormatException>(() => UploadAsync());
        _server.Calls.AssertCount(2, "PATCH", "/files/1");
        _server.Calls.AssertCount(1, "HEAD", "/files/1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("ä")]
    public async Task A_name_of_metadata_that_cannot_be_sent_is_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => UploadAsync(new TusOptions { Metadata = [(name, "x")] }));
        Assert.Empty(_server.Calls);
    }
}
