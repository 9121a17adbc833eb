#:project ../src/ProtocolClients.Url/ProtocolClients.Url.csproj
#:project ../src/ProtocolClients.Testing/ProtocolClients.Testing.csproj

// What a script does with an FTP server: lists a directory, fetches a file, uploads another, makes a tree there like the one here, and reads by
// URL. The server is a mock of the suite, so that this runs anywhere; with a server of the world the lines between the two rulers are all there is.
// Run it: dotnet run samples/ftp.cs

using ProtocolClients;
using ProtocolClients.Testing;

await using var server = await MockFtpServer.StartAsync();
server.Files["pub/a.txt"] = "This is a.txt."u8;
server.Files["pub/b.txt"] = "And this is b.txt."u8;
string folder = Directory.CreateTempSubdirectory("ftp-").FullName;
string url = server.Url.AbsoluteUri;

// ----------------------------------------------------------------------------------------------------------------
await using var ftp = new FtpClient(url, new() { Transport = server.Transport });

await foreach (FtpEntry entry in ftp.ListAsync("/pub").OrderBy(entry => entry.Name, StringComparer.Ordinal))
    Console.WriteLine($"{entry.Size,3} {entry.Name}");

TransferResult came = await ftp.DownloadAsync("/pub/a.txt", Path.Combine(folder, "a.txt"));
Console.WriteLine($"{Path.GetFileName(came.Path)}: {came.Bytes} bytes came");

FtpTreeResult sent = (await ftp.UploadTreeAsync(folder, "/in")).EnsureSuccess();
Console.WriteLine($"{sent.Transferred} file went: {await ftp.ReadTextAsync("/in/a.txt")}");

await using var opener = new UrlOpener(new() { Transport = server.Transport });
Console.WriteLine(await opener.ReadTextAsync(url + "pub/b.txt"));
// ----------------------------------------------------------------------------------------------------------------

Directory.Delete(folder, recursive: true);
