// What a stranger does with the packages: a test against a mock server, and a download.
using ProtocolClients;
using ProtocolClients.Testing;

await using MockHttpServer server = await MockHttpServer.StartAsync();
server.Files["pub/a.txt"] = "hello, consumer"u8;
await using var opener = new UrlOpener(new() { Http = new() { Transport = server.Transport } });
string text = await opener.ReadTextAsync(server.UrlOf("/pub/a.txt").AbsoluteUri);
using RetrievedFile file = await opener.RetrieveAsync(server.UrlOf("/pub/a.txt").AbsoluteUri);
await using MockFtpServer ftpServer = await MockFtpServer.StartAsync();
ftpServer.Files["pub/a.txt"] = "hello, consumer"u8;
await using var ftp = new FtpClient(ftpServer.Url, new() { Transport = ftpServer.Transport });
bool sameByFtp = await ftp.ReadTextAsync("/pub/a.txt") == text && ftpServer.Calls.Of("RETR").Count == 1;
bool same = sameByFtp && text == "hello, consumer" && await File.ReadAllTextAsync(file.Path) == text && server.Calls.Count == 2;
Console.WriteLine(same ? $"the packages work: {text}" : "the packages differ from what the server saw");
return same ? 0 : 1;
