#:project ../src/ProtocolClients.Url/ProtocolClients.Url.csproj
#:project ../src/ProtocolClients.Testing/ProtocolClients.Testing.csproj

// A script that downloads: one file in segments with its checksum, and a list of files, a few at a time. The server is a mock of the
// suite, so that this runs anywhere; with URLs of the world the lines between the two rulers are all there is.
// Run it: dotnet run samples/downloads.cs

using System.Security.Cryptography;
using ProtocolClients;
using ProtocolClients.Testing;

await using var server = await MockHttpServer.StartAsync();
byte[] image = new byte[8 << 20];
new Random(1).NextBytes(image);
server.Files["image.iso"] = image;
server.Files["a.txt"] = "This is a.txt."u8;
server.Files["b.txt"] = "This is b.txt."u8;
string site = server.Url.AbsoluteUri, sum = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(image));
string folder = Directory.CreateTempSubdirectory("downloads-").FullName;

// ----------------------------------------------------------------------------------------------------------------
await using var downloader = new Downloader(new() { Parallel = 4, Http = new() { Transport = server.Transport } });

TransferResult result = await downloader.DownloadAsync(new($"{site}image.iso") { Folder = folder, Segments = 4, Checksum = sum });
Console.WriteLine($"{Path.GetFileName(result.Path)}: {result.Bytes} bytes over {result.Segments} connections");

string[] names = ["a.txt", "b.txt", "missing.txt"];
var outcomes = downloader.DownloadAsync(names.Select(name => new DownloadRequest(site + name) { Folder = folder }));
await foreach (DownloadOutcome outcome in outcomes.OrderBy(outcome => outcome.Request.Urls[0], StringComparer.Ordinal))
    Console.WriteLine(outcome.Result is { } done ? $"{Path.GetFileName(done.Path)}: {done.Bytes} bytes" : $"refused: {(outcome.Failure as HttpStatusException)?.Status}");
// ----------------------------------------------------------------------------------------------------------------

Directory.Delete(folder, recursive: true);
