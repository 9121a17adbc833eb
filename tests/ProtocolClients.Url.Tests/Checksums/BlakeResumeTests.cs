namespace ProtocolClients.UrlTests;

/// <summary>A hash that the platform lacks goes over what an earlier run left too: none keeps its state between runs, all read the part again.</summary>
public sealed class BlakeResumeTests : IDisposable
{
    private const int Size = 4_000_000;
    private const int Kept = 3_000_000;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("blake-").FullName;
    private readonly byte[] _body = Downloads.Bytes(Size);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("blake3:", 64)]
    [InlineData("blake2b:", 128)]
    [InlineData("blake2b:", 64)]
    public async Task A_later_run_hashes_what_an_earlier_one_left(string algorithm, int digits)
    {
        await using var origin = new Origin(_body) { Cut = static _ => Kept };
        using ChecksumHash hash = Checksum.Parse(algorithm + new string('0', digits)).CreateHash();
        hash.AppendData(_body);
        var request = new DownloadRequest(origin.Url) { Path = Path.Combine(_folder, "big.iso"), Checksum = algorithm + Convert.ToHexStringLower(hash.GetHashAndReset()) };
        await using var downloader = new Downloader(new DownloaderOptions
        {
            Resilience = ResilienceOptions.None,
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        });
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => downloader.DownloadAsync(request).WaitAsync(Safety));
        origin.Cut = static _ => null;
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal((Kept, request.Checksum), (result.ResumedFrom, Assert.Single(result.Checksums)));
        Assert.Equal(_body, await File.ReadAllBytesAsync(result.Path));
        DownloadRequest wrong = request with { Checksum = algorithm + new string('0', digits), WhenExists = ExistingFile.Overwrite };
        await Assert.ThrowsAsync<IntegrityException>(() => downloader.DownloadAsync(wrong).WaitAsync(Safety));
    }
}
