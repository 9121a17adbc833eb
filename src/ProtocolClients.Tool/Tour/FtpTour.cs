using System.Globalization;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool;

/// <summary>Ftp: listings, transfers that go on, uploads that get their name last, trees, sync; and the same server by URL.</summary>
internal static class FtpTour
{
    public static async Task RunAsync(TourLog log, CancellationToken cancellationToken)
    {
        MockFtpServer server = await MockFtpServer.StartAsync(null, cancellationToken);
        string folder = Directory.CreateTempSubdirectory("pcl-tour-").FullName;
        try
        {
            await using (server)
            {
                var ftp = new FtpClient(server.Url, new FtpClientOptions
                {
                    Transport = server.Transport,
                    Resilience = ResilienceOptions.Default with { BaseDelay = TimeSpan.FromMilliseconds(10) },
                });
                await using (ftp)
                {
                    await FilesAsync(log, server, ftp, folder, cancellationToken);
                    await TreesAsync(log, server, ftp, folder, cancellationToken);
                }

                await UrlsAsync(log, server, folder, cancellationToken);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FilesAsync(TourLog log, MockFtpServer server, FtpClient ftp, string folder, CancellationToken cancellationToken)
    {
        server.Files["pub/hello.txt"] = "hello, world"u8;
        server.Files["pub/empty"] = ""u8;
        var names = new List<string>();
        await foreach (FtpEntry entry in ftp.ListAsync("/pub", cancellationToken: cancellationToken)) names.Add($"{entry.Name} {entry.Size}");
        log.Check("ListAsync(/pub)", "empty 0, hello.txt 12", string.Join(", ", names.Order(StringComparer.Ordinal)));
        log.Check("ReadTextAsync(hello.txt)", "hello, world", await ftp.ReadTextAsync("/pub/hello.txt", cancellationToken));
        await log.CheckFailsAsync<FtpReplyException>("RETR of what is not there is refused",
            () => ftp.ReadTextAsync("/pub/none", cancellationToken), static failure => failure.Code.ToString(CultureInfo.InvariantCulture));

        byte[] big = new byte[4 << 20];
        new Random(1).NextBytes(big);
        server.Files["big.bin"] = big;
        server.DataFaults.TruncateAfterBytes(3_000_000).On("RETR").Once();
        string here = Path.Combine(folder, "big.bin");
        TransferResult came = await ftp.DownloadAsync("/big.bin", here, cancellationToken: cancellationToken);
        log.Check("DownloadAsync over a data connection that broke off", true, await IsAsync(big, here, cancellationToken));
        log.Check("  attempts, as RETR was asked for", server.Calls.Count(static call => call is { Verb: "RETR", Argument: "/big.bin" }), came.Attempts);
        log.Check("  the second began behind the first (REST)", true, server.Calls.Last(static call => call.Verb == "RETR").RestOffset > 0);

        await ftp.UploadAsync(here, "/in.bin", cancellationToken: cancellationToken);
        log.Check("UploadAsync, the file that the server has", true, server.Files["in.bin"].ToArray().SequenceEqual(big));
        log.Check("  it got its name last", "/in.bin", server.Calls.Last(static call => call.Verb == "RNTO").Argument);
    }

    private static async Task TreesAsync(TourLog log, MockFtpServer server, FtpClient ftp, string folder, CancellationToken cancellationToken)
    {
        string tree = Path.Combine(folder, "tree");
        foreach (string name in (string[])["a.txt", "sub/b.txt", "sub/deep/c.txt"])
        {
            string path = Path.Combine(tree, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, "This is " + name, cancellationToken);
        }

        FtpTreeResult sent = await ftp.UploadTreeAsync(tree, "/tree", cancellationToken: cancellationToken);
        log.Check("UploadTreeAsync, files that the server has", server.Files.Count(static file => file.Key.StartsWith("tree/", StringComparison.Ordinal)), (int)sent.Transferred);
        string back = Path.Combine(folder, "back");
        await ftp.DownloadTreeAsync("/tree", back, cancellationToken: cancellationToken);
        log.Check("DownloadTreeAsync, the deepest file", server.Files["tree/sub/deep/c.txt"].ToString(), await File.ReadAllTextAsync(Path.Combine(back, "sub/deep/c.txt"), cancellationToken));

        await File.WriteAllTextAsync(Path.Combine(tree, "new.txt"), "new", cancellationToken);
        File.Delete(Path.Combine(tree, "a.txt"));
        FtpSyncPlan plan = await ftp.PlanSyncAsync(tree, "/tree", new FtpSyncOptions { DeleteExtra = true }, cancellationToken);
        log.Check("PlanSyncAsync after one file more and one fewer: transfers, deletions", "1, 1", $"{plan.Transfers}, {plan.Deletions}");
        await ftp.ApplyAsync(plan, cancellationToken: cancellationToken);
        log.Check("ApplyAsync, the server has new.txt, a.txt", $"{server.Files.Contains("tree/new.txt")}, {server.Files.Contains("tree/a.txt")}", "True, False");
        (await ftp.DeleteTreeAsync("/tree", cancellationToken: cancellationToken)).EnsureSuccess();
        log.Check("DeleteTreeAsync, files that the server has", server.Files.Count(static file => file.Key.StartsWith("tree/", StringComparison.Ordinal)), 0);
    }

    private static async Task UrlsAsync(TourLog log, MockFtpServer server, string folder, CancellationToken cancellationToken)
    {
        var opener = new UrlOpener(new UrlOpenerOptions { Transport = server.Transport });
        await using (opener)
        {
            log.Check("Url: ReadTextAsync(ftp://…/hello.txt)", "hello, world", await opener.ReadTextAsync(server.UrlOf("/pub/hello.txt").AbsoluteUri, cancellationToken));
            string parts = Path.Combine(folder, "parts.bin");
            await opener.RetrieveAsync(server.UrlOf("/big.bin").AbsoluteUri, parts, new RetrieveOptions { Segments = 4 }, cancellationToken);
            log.Check("Url: RetrieveAsync over 4 connections", true, await IsAsync(server.Files["big.bin"].ToArray(), parts, cancellationToken));
        }
    }

    private static async Task<bool> IsAsync(byte[] expected, string path, CancellationToken cancellationToken)
    {
        byte[] here = await File.ReadAllBytesAsync(path, cancellationToken);
        return here.AsSpan().SequenceEqual(expected);
    }
}
