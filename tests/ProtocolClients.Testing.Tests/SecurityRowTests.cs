namespace ProtocolClients.Testing.Tests;

public sealed class SecurityRowTests
{
    [Theory]
    [InlineData("//evil.example/..")]
    [InlineData("//evil.example/../pub")]
    [InlineData("///evil.example/%2e%2e/pub")]
    [InlineData("/pub")]
    [InlineData("//pub")]
    public async Task Row_51_a_path_never_becomes_a_location_with_another_host(string target)
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Files["pub/a.txt"] = "x";
        string reply = await Raw.GetAsync(server, target);
        foreach (string line in reply.Split("\r\n").Where(line => line.StartsWith("Location:", StringComparison.OrdinalIgnoreCase)))
        {
            Assert.Matches("^Location: /[^/]", line);
            Assert.DoesNotContain("evil", line, StringComparison.Ordinal);
        }

        Assert.Matches("^HTTP/1.1 (200|301|404) ", reply);
    }

    [Theory]
    [InlineData("/../../../../etc/passwd")]
    [InlineData("/..%2f..%2f..%2fetc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/secret.txt")]
    [InlineData("/sub/..%5c..%5csecret.txt")]
    [InlineData("//../secret.txt")]
    [InlineData("/../root-and-more/secret.txt")]
    public async Task Row_51_no_path_leads_out_of_the_served_directory(string target)
    {
        DirectoryInfo outside = Directory.CreateTempSubdirectory("mock-outside-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(outside.FullName, "secret.txt"), "SECRET root:");
            DirectoryInfo root = outside.CreateSubdirectory("root");
            await File.WriteAllTextAsync(Path.Combine(outside.CreateSubdirectory("root-and-more").FullName, "secret.txt"), "SECRET root:");
            await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
            server.Files.Root = root.FullName;
            string reply = await Raw.GetAsync(server, target);
            Assert.Matches("^HTTP/1.1 (400|404) ", reply);
            Assert.DoesNotContain("root:", reply, StringComparison.Ordinal);
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n")]
    public async Task Row_51_a_request_with_two_lengths_smuggles_nothing(string lengths)
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Post("/").Respond("ok");
        server.Routes.Get("/smuggled").Respond("smuggled");
        string reply = await Raw.AskAsync(
            server, $"POST / HTTP/1.1\r\nHost: x\r\n{lengths}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", reply, StringComparison.Ordinal);
        Assert.Empty(server.Calls.Of("GET", "/smuggled"));
    }
}
