// What a stranger does with the packages: a test against a mock server, and a download.
using ProtocolClients;
using ProtocolClients.Testing;

await using MockHttpServer server = await MockHttpServer.StartAsync();
server.Files["pub/a.txt"] = "hello, consumer"u8;
await using var opener = new UrlOpener(new() { Http = new() { Transport = server.Transport } });
string text = await opener.ReadTextAsync(server.UrlOf("/pub/a.txt").AbsoluteUri);
using RetrievedFile file = await opener.RetrieveAsync(server.UrlOf("/pub/a.txt").AbsoluteUri);
bool same = text == "hello, consumer" && await File.ReadAllTextAsync(file.Path) == text && server.Calls.Count == 2;
Console.WriteLine(same ? $"the packages work: {text}" : "the packages differ from what the server saw");
return same ? 0 : 1;
