using ProtocolClients.HttpTests;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <summary>Rows about what servers and lists of mirrors may say of files.</summary>
public sealed partial class SecurityRowTests
{
    [Theory]
    [InlineData(FileNaming.Url, "http://h/a", "server.bin", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "server.bin", "server.bin")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", null, "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h:81/a", "server.bin", "asked")]
    [InlineData(FileNaming.ContentDisposition, "https://h/a", "server.bin", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://evil/a", "server.bin", "asked")]
    [InlineData(FileNaming.Redirected, "http://evil/a", "server.bin", "server.bin")]
    [InlineData(FileNaming.Redirected, "http://evil/other", null, "other")]
    [InlineData(FileNaming.Redirected, "http://evil/", null, "asked")]
    [InlineData(FileNaming.Redirected, "http://evil/..%2Fx", "..", "asked")]
    [InlineData(FileNaming.Redirected, "http://evil/.bashrc", ".bashrc", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "../../x", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "/etc/passwd", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "C:x", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "CON", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", ".bashrc", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "-rf", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "big.iso.part", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "big.iso.PART.json", "asked")]
    [InlineData(FileNaming.Redirected, "http://evil/big.iso.part.json", null, "asked")]
    public void Row_31_a_server_names_a_file_only_where_it_may_and_safely(FileNaming naming, string answered, string? name, string expected) =>
        Assert.Equal(expected, FileNames.Choose(naming, new Uri("http://h/asked"), new Uri(answered), Fields(name is null ? null : $"attachment; filename=\"{name}\"")));

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("..\\x")]
    [InlineData("C:x")]
    [InlineData("CON")]
    [InlineData("a/NUL.txt")]
    [InlineData(".bashrc")]
    [InlineData("big.iso.part")]
    [InlineData("d/big.iso.part.json")]
    [InlineData(".ssh/config")]
    [InlineData("a/.ssh/config")]
    [InlineData("")]
    [InlineData("a&#10;b")]
    public void Row_31_a_path_in_a_Metalink_document_that_leaves_the_folder_is_refused(string name) =>
        Assert.Throws<WireFormatException>(() => MetalinkDocument.Parse($"<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"{name}\"><url>https://a/x</url></file></metalink>"));

    private static HttpFields Fields(string? disposition) =>
        disposition is null ? HttpFields.Empty : new HttpFields([new("Content-Disposition", disposition)]);

    private static MetalinkFile Listed(string places, string? hash) => MetalinkDocument.Parse(
        "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"x\">"
        + (hash is null ? string.Empty : $"<hash type=\"sha-256\">{hash}</hash>") + places + "</file></metalink>").Files[0];

    private static Downloader WithSecrets() => new(new DownloaderOptions
    {
        Resilience = ResilienceOptions.None,
        Http = new HttpSessionOptions
        {
            Resilience = ResilienceOptions.None,
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
            Credentials = new Credentials("ann", "s3cret"),
            PreAuthenticate = true,
            Headers = [("X-Api-Key", "k3y"), ("Cookie", "sid=t0ken")],
        },
    });

    [Fact]
    public async Task Row_35_a_mirror_with_another_content_gives_no_file()
    {
        await using var mirror = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        string hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("good"u8));
        await using Downloader downloader = WithSecrets();
        DownloadRequest request = DownloadRequest.Of(Listed($"<url>{mirror.Url}/x</url>", hash), _folder, new Uri("https://list.example/x.meta4"));
        await Assert.ThrowsAsync<IntegrityException>(() => downloader.DownloadAsync(request).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));

        await using var good = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
        request = DownloadRequest.Of(Listed($"<url priority=\"1\">{mirror.Url}/x</url><url priority=\"2\">{good.Url}/x</url>", hash), _folder, new Uri("https://list.example/x.meta4"));
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal("good", await File.ReadAllTextAsync(result.Path));
    }

    [Fact]
    public async Task Row_35_mirrors_see_nothing_that_is_meant_for_the_host_of_the_list()
    {
        await using var mirror = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
        await using var home = new RawServer("HTTP/1.1 500 Busy\r\nContent-Length: 0\r\n\r\n");
        string hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("good"u8));
        await using Downloader downloader = WithSecrets();
        string places = $"<url priority=\"1\">{home.Url}/x</url><url priority=\"2\">{mirror.Url.Replace("//", "//eve:n1l@", StringComparison.Ordinal)}/x</url>";
        DownloadRequest request = DownloadRequest.Of(Listed(places, hash), _folder, new Uri(home.Url + "/x.meta4")) with { Headers = [("X-Own", "0wn")], VerifyDigest = true };
        await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.All(home.Heads, head => Assert.Contains("k3y", head, StringComparison.Ordinal));
        Assert.NotEmpty(mirror.Heads);
        foreach (string secret in (string[])["k3y", "t0ken", "0wn", "Authorization", "Cookie"])
            Assert.All(mirror.Heads, head => Assert.DoesNotContain(secret, head, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("http://a/x", false)]
    [InlineData("https://a/x", true)]
    [InlineData("ftp://a/x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("data:,x", false)]
    public void Row_35_a_place_is_over_https_or_the_file_is_hashed(string place, bool isTrusted)
    {
        var list = new Uri("https://list.example/x.meta4");
        if (isTrusted) Assert.Equal([place], DownloadRequest.Of(Listed($"<url>{place}</url>", null), _folder, list).Urls);
        else Assert.Throws<CapabilityMissingException>(() => DownloadRequest.Of(Listed($"<url>{place}</url>", null), _folder, list));
        Assert.Equal(place.StartsWith("http", StringComparison.Ordinal), Listed($"<url>{place}</url>", new string('0', 64)).TrustedUrls.Any());
    }

    [Fact]
    public async Task Row_35_mirrors_that_an_answer_names_over_clear_text_are_used_with_a_digest_only()
    {
        await using var mirror = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nLink: <{mirror.Url}/m>; rel=duplicate\r\nContent-Length: 4\r\n\r\ngo", stop);
            throw new RawServer.CloseException();
        });
        await using Downloader downloader = WithSecrets();
        var request = new DownloadRequest(server.Url + "/x") { Folder = _folder, FollowMirrors = true };
        await Assert.ThrowsAsync<IntegrityException>(() => downloader.DownloadAsync(request).WaitAsync(Safety));
        Assert.Empty(mirror.Heads);
    }
}
