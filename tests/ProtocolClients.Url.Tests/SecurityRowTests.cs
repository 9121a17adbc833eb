using ProtocolClients.HttpTests;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <summary>Rows of the list of advisories that concern URLs and retrieved files.</summary>
public sealed partial class SecurityRowTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("url-rows-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static UrlOpener Opener(bool allowFile = false) => new(new UrlOpenerOptions
    {
        AllowFile = allowFile,
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    });

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("data:,x")]
    [InlineData("ftp://127.0.0.1/x")]
    public async Task Row_07_a_redirect_to_another_protocol_is_refused_even_when_file_is_allowed(string target)
    {
        await using var server = new RawServer($"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
        await using UrlOpener opener = Opener(allowFile: true);
        HttpRedirectException refusal = await Assert.ThrowsAsync<HttpRedirectException>(() => opener.ReadTextAsync(server.Url).WaitAsync(Safety));
        Assert.Equal(HttpRedirectRefusal.Scheme, refusal.Reason);
    }

    [Theory]
    [InlineData("http://a%2Fb/")]
    [InlineData("http://a%3Ab/")]
    [InlineData("http://a%40b/")]
    [InlineData(" javascript:alert(1)")]
    [InlineData("ht\ttp://a/")]
    [InlineData("http://a\r\n/")]
    [InlineData("data:,a\0b")]
    public async Task Row_28_controls_blanks_and_decoded_delimiters_are_refused(string url)
    {
        await using UrlOpener opener = Opener();
        await Assert.ThrowsAsync<ArgumentException>(() => opener.OpenAsync(url).WaitAsync(Safety));
    }

    [Fact]
    public void Row_28_one_parsed_object_has_one_host()
    {
        Uri url = UrlText.Parse("http://a#@b/");
        Assert.Equal("a", url.Host);
        Assert.Equal("a", url.IdnHost);
        Assert.Equal("xn--zca.example", UrlText.Parse("http://ß.example/").Host);
        Assert.Equal("h", UrlText.Parse("http://u:p@ss@H:80/").Host);
        Assert.Equal("u:p%40ss", UrlText.Parse("http://u:p@ss@H/").UserInfo);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("FILE:///etc/passwd")]
    [InlineData("local_file:///etc/passwd")]
    [InlineData("local-file:///etc/passwd")]
    [InlineData("url:file:///etc/passwd")]
    [InlineData("xfile:///etc/passwd")]
    [InlineData("/etc/passwd")]
    public async Task Row_29_file_is_off_unless_asked_for_and_schemes_match_exactly(string url)
    {
        await using UrlOpener opener = Opener();
        await Assert.ThrowsAsync<ArgumentException>(() => opener.OpenAsync(url).WaitAsync(Safety));
        await Assert.ThrowsAsync<ArgumentException>(() => opener.StatAsync(url).WaitAsync(Safety));
        Assert.Throws<ArgumentException>(() => opener.ListAsync(url));
        await Assert.ThrowsAsync<ArgumentException>(() => opener.RetrieveAsync(url, Path.Combine(_folder, "x")).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("file://example.org/etc/passwd")]
    [InlineData("file:///etc%2Fpasswd")]
    [InlineData("file:///etc/passwd%00.txt")]
    [InlineData("file:///etc/passwd?x")]
    [InlineData("file:///..%5Cx")]
    public async Task Row_29_a_file_url_names_one_local_file_or_nothing(string url)
    {
        await using UrlOpener opener = Opener(allowFile: true);
        await Assert.ThrowsAsync<ArgumentException>(() => opener.OpenAsync(url).WaitAsync(Safety));
    }

    [Fact]
    public async Task Row_34_a_part_file_that_was_swapped_for_a_link_is_neither_used_nor_followed()
    {
        string victim = Path.Combine(_folder, "victim");
        await File.WriteAllTextAsync(victim, "precious");
        string target = Path.Combine(_folder, "out");
        var swapped = new TaskCompletionSource();
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc", stop);
            await swapped.Task.WaitAsync(stop);
            await RawServer.WriteAsync(stream, "def", stop);
        });
        // One that is made without a name (Linux) has none that could be swapped; this one waits under its name for a later run.
        await using var downloader = new Downloader();
        Task<TransferResult> retrieving = downloader.DownloadAsync(new DownloadRequest(server.Url) { Path = target, Continue = true });
        string? part = null;
        while (part is null)
        {
            part = Directory.GetFiles(_folder, "*.part").SingleOrDefault();
            await Task.Yield();
        }

        File.Delete(part);
        File.CreateSymbolicLink(part, victim);
        swapped.SetResult();
        await Assert.ThrowsAsync<IOException>(() => retrieving.WaitAsync(Safety));
        Assert.Equal("precious", await File.ReadAllTextAsync(victim));
        Assert.False(File.Exists(target));
        Assert.Equal(victim, new FileInfo(part).LinkTarget);
    }

    [Fact]
    public void Row_37_parts_are_cut_at_the_last_at_sign_and_messages_repeat_no_text()
    {
        Assert.Equal("h", Url.Split("http://u:p@ss@h/").Host);
        Assert.Equal("u:p@ss", Url.Split("http://u:p@ss@h/").UserInfo);
        Assert.False(UrlText.TryParse("http://u:s3cret#@h", out _, out string? error));
        Assert.DoesNotContain("s3cret", error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", Assert.Throws<ArgumentException>(() => UrlText.Parse("http://u:s3cret@h h/")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_47_only_an_ampersand_separates_pairs() =>
        Assert.Equal([("a", "1;b=2")], Url.ParseQuery("a=1;b=2"));

    [Fact]
    public async Task Row_52_a_password_in_a_url_stands_in_no_result()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        var log = new RecordingWireLog();
        await using var opener = new UrlOpener(new UrlOpenerOptions
        {
            WireLog = log,
            Resilience = ResilienceOptions.None,
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        });
        string url = server.Url.Replace("//", "//user:s3cret@", StringComparison.Ordinal);
        await using UrlContent content = await opener.OpenAsync(url).WaitAsync(Safety);
        using RetrievedFile file = await opener.RetrieveAsync(url, Path.Combine(_folder, "x")).WaitAsync(Safety);
        string text = log.Text + content.FinalUrl + file.FinalUrl + opener.Options + new UrlRequest(new Uri(url));
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
    }
}
