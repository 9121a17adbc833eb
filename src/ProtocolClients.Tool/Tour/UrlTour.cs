using System.Security.Cryptography;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool;

/// <summary>Url: text, temporary and named files, what must not be left behind.</summary>
internal static class UrlTour
{
    public static async Task RunAsync(TourLog log, CancellationToken cancellationToken)
    {
        MockHttpServer server = await MockHttpServer.StartAsync(null, cancellationToken);
        await using (server)
        {
            string folder = Directory.CreateTempSubdirectory("pcl-tour-").FullName;
            try
            {
                await RunAsync(log, server, folder, cancellationToken);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task RunAsync(TourLog log, MockHttpServer server, string folder, CancellationToken cancellationToken)
    {
        var opener = new UrlOpener(new UrlOpenerOptions
        {
            Http = new HttpSessionOptions
            {
                Transport = server.Transport,
                Resilience = ResilienceOptions.Default with { BaseDelay = TimeSpan.FromMilliseconds(10) },
            },
        });
        await using (opener)
        {
            server.Files["hello.txt"] = "hello, world"u8;
            log.Check("ReadTextAsync(hello.txt)", "hello, world",
                await opener.ReadTextAsync(server.UrlOf("/hello.txt").AbsoluteUri, cancellationToken: cancellationToken));
            log.Check("ReadTextAsync(data:)", "no network", await opener.ReadTextAsync("data:,no%20network", cancellationToken: cancellationToken));

            byte[] big = new byte[4 * 1024 * 1024];
            new Random(1).NextBytes(big);
            string sum = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(big));
            server.Files["big.bin"] = big;
            string url = server.UrlOf("/big.bin").AbsoluteUri;
            RetrievedFile temporary = await opener.RetrieveAsync(url, cancellationToken: cancellationToken);
            log.Check("RetrieveAsync(big.bin) to a temporary file", sum, await SumAsync(temporary.Path, cancellationToken));
            opener.Cleanup();
            log.Check("  there after Cleanup()", false, File.Exists(temporary.Path));

            string path = Path.Combine(folder, "big.bin");
            await opener.RetrieveAsync(url, path, new RetrieveOptions { Checksum = sum }, cancellationToken);
            log.Check("RetrieveAsync(big.bin) to a name, with its checksum", sum, await SumAsync(path, cancellationToken));

            string wrong = Path.Combine(folder, "wrong.bin");
            await log.CheckFailsAsync<IntegrityException>("a wrong checksum is refused",
                () => opener.RetrieveAsync(url, wrong, new RetrieveOptions { Checksum = "md5:00000000000000000000000000000000" }, cancellationToken),
                static failure => failure.Message);
            log.Check("  files left behind", 0, Directory.GetFileSystemEntries(folder).Length - 1);

            server.Faults.TruncateAfterBytes(1_000_000).Once();
            string resumed = Path.Combine(folder, "resumed.bin");
            await opener.RetrieveAsync(url, resumed, new RetrieveOptions { Checksum = sum }, cancellationToken);
            log.Check("RetrieveAsync over a connection cut after 1,000,000 bytes", sum, await SumAsync(resumed, cancellationToken));
            log.Check("  requests for the rest alone", server.Calls.Count(call => call["Range"].Length > 0), 1);

            string parts = Path.Combine(folder, "parts.bin");
            await opener.RetrieveAsync(url, parts, new RetrieveOptions { Segments = 4, Checksum = sum }, cancellationToken);
            log.Check("RetrieveAsync over 4 connections", sum, await SumAsync(parts, cancellationToken));

            server.Files["robots.txt"] = "User-agent: *\nDisallow: /private\nAllow: /private/open\n"u8;
            RobotsRules robots = await RobotsRules.LoadAsync(server.Url.AbsoluteUri, opener, cancellationToken);
            log.Check("robots.txt: may /private/open, /private/x", "True, False", $"{robots.Allows("tour", "/private/open")}, {robots.Allows("tour", "/private/x")}");

            server.Routes.Get("/trap").Redirect("file:///etc/passwd");
            await log.CheckFailsAsync<HttpRedirectException>("a redirect to file: is refused",
                () => opener.ReadTextAsync(server.UrlOf("/trap").AbsoluteUri, cancellationToken: cancellationToken),
                static failure => failure.Reason.ToString());
        }
    }

    private static async Task<string> SumAsync(string path, CancellationToken cancellationToken)
    {
        FileStream file = File.OpenRead(path);
        await using (file)
            return "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }
}
