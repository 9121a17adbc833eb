using System.Net;
using System.Text;
using System.Text.Json;

namespace ProtocolClients.HttpTests;

/// <summary>Bodies that are sent.</summary>
public sealed class ContentTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    private static async Task<string> TextOf(HttpContent content) => Encoding.UTF8.GetString(await content.ReadAsByteArrayAsync());

    [Fact]
    public async Task A_form_is_written_as_a_browser_writes_it()
    {
        using HttpContent form = Form.Of(("name", "a b&c=d"), ("ünï", "€😀"), ("*-._", "~!'()"), ("nl", "a\r\nb"), ("", ""), ("name", "again+"));
        Assert.Equal(
            "name=a+b%26c%3Dd&%C3%BCn%C3%AF=%E2%82%AC%F0%9F%98%80&*-._=%7E%21%27%28%29&nl=a%0D%0Ab&=&name=again%2B", await TextOf(form));
        Assert.Equal("application/x-www-form-urlencoded", form.Headers.ContentType!.ToString());
        using HttpContent same = Form.Of([new KeyValuePair<string, string>("a", "b"), new("a", "c")]);
        Assert.Equal("a=b&a=c", await TextOf(same));
        using HttpContent none = Form.Of();
        Assert.Equal(0, none.Headers.ContentLength);
        Assert.Throws<ArgumentException>(() => Form.Of(("a", "\ud800")));
    }

    [Fact]
    public async Task Every_byte_of_a_form_is_read_back_as_it_was()
    {
        var random = new Random(4);
        for (int i = 0; i < 500; i++)
        {
            (string, string)[] fields = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (RandomText(random), RandomText(random)))];
            using HttpContent form = Form.Of(fields);
            var read = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(await TextOf(form));
            foreach ((string name, string value) in fields) Assert.Contains(value, read[name].ToArray());
        }
    }

    // The example of RFC 7578 has its forms in prose; the first multipart form published (RFC 1867 §6) is this one.
    [Fact]
    public async Task Multipart_has_the_lines_of_the_rfcs_example()
    {
        using var form = new MultipartFormBody(
            [("Joe Blow", "Joe Blow"), FormPart.Bytes("pics", "... contents of file1.txt ..."u8.ToArray(), "file1.txt", "text/plain")], "AaB03x");
        Assert.Equal(
            "--AaB03x\r\nContent-Disposition: form-data; name=\"Joe Blow\"\r\n\r\nJoe Blow\r\n"
            + "--AaB03x\r\nContent-Disposition: form-data; name=\"pics\"; filename=\"file1.txt\"\r\nContent-Type: text/plain\r\n\r\n"
            + "... contents of file1.txt ...\r\n--AaB03x--\r\n",
            await TextOf(form));
        Assert.Equal("multipart/form-data; boundary=AaB03x", form.Headers.ContentType!.ToString());
    }

    // RFC 7578 §4.2, §4.4, §4.5, §5.1: no filename*, a part may have a type, _charset_ is a field as any other, names are UTF-8.
    [Fact]
    public async Task Multipart_says_what_rfc_7578_says()
    {
        using var form = new MultipartFormBody(
            [
                ("_charset_", "UTF-8"),
                FormPart.Content("field1", new StringContent("Joe owes =E2=82=AC100.", Encoding.UTF8, "text/plain")),
                FormPart.Bytes("datei", "x"u8.ToArray(), "übung \"1\".txt"),
                ("two\r\nlines\"", "a\nb"),
            ],
            "AaB03x");
        string text = await TextOf(form);
        Assert.Contains("name=\"_charset_\"\r\n\r\nUTF-8\r\n", text, StringComparison.Ordinal);
        Assert.Contains("name=\"field1\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nJoe owes =E2=82=AC100.\r\n", text, StringComparison.Ordinal);
        Assert.Contains("name=\"datei\"; filename=\"übung %221%22.txt\"\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n", text, StringComparison.Ordinal);
        Assert.Contains("name=\"two%0D%0Alines%22\"\r\n\r\na\nb\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("filename*", text, StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetByteCount(text), form.Headers.ContentLength);
        Assert.Throws<ArgumentException>(() => FormPart.Text("a\0b", "x"));
        Assert.Throws<ArgumentException>(() => FormPart.Text("a\u0085b", "x"));
        Assert.Throws<ArgumentException>(() => FormPart.Text("a", "\udc00"));
        Assert.Throws<ArgumentException>(() => FormPart.Bytes("a", default, "f", "text/plain\r\nX: y"));
        Assert.Throws<FileNotFoundException>(() => FormPart.File("a", "/nowhere/to/be/found"));
    }

    [Fact]
    public async Task A_boundary_is_random_and_in_no_part()
    {
        var boundaries = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 100; i++)
        {
            using HttpContent form = Multipart.Of(("a", "b"));
            Assert.True(boundaries.Add(form.Headers.ContentType!.Parameters.Single().Value!));
        }

        Assert.All(boundaries, boundary => Assert.Matches("^form-[0-9a-f]{32}$", boundary));
        Assert.True(MultipartFormBody.Holds([("a", "x--form-1y")], "form-1"u8));
        Assert.True(MultipartFormBody.Holds([("form-1", "x")], "form-1"u8));
        Assert.True(MultipartFormBody.Holds([FormPart.Bytes("a", "form-1"u8.ToArray(), "f")], "form-1"u8));
        Assert.False(MultipartFormBody.Holds([("a", "form-2")], "form-1"u8));
        Assert.Throws<ArgumentException>(() => new MultipartFormBody([], "a b"));
        Assert.Throws<ArgumentException>(() => new MultipartFormBody([], new string('a', 71)));
        using HttpContent empty = Multipart.Of();
        Assert.EndsWith("--\r\n", await TextOf(empty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_and_streams_are_sent_with_a_length_again_and_again()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "from the disk");
            await using var server = new RawServer(
                "HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            var thrice = ResilienceOptions.None with { Attempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) };
            await using var http = new HttpSession(Options with { Credentials = new Credentials("u", "p"), Resilience = thrice });
            HttpContent body = Multipart.Of(
                ("a", "b"), FormPart.File("f", path), FormPart.Stream("s", _ => new(new MemoryStream("streamed"u8.ToArray())), 8, "s.bin"),
                FormPart.Content("j", Json.Of(new HandlerTests.Person("x", 1), HandlerTests.PersonContext.Default.Person)));
            using HttpReply reply = await http.PutAsync(server.Url, body).WaitAsync(Safety);
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            string[] bodies = [.. server.Heads.Select(static head => head[head.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])];
            Assert.Equal(4, bodies.Length);
            Assert.Single(bodies.Distinct());
            Assert.Contains($"filename=\"{Path.GetFileName(path)}\"", bodies[0], StringComparison.Ordinal);
            Assert.Contains("from the disk\r\n", bodies[0], StringComparison.Ordinal);
            Assert.Contains("streamed\r\n", bodies[0], StringComparison.Ordinal);
            Assert.Contains("Content-Type: application/json\r\n\r\n{\"Name\":\"x\",\"Age\":1}\r\n", bodies[0], StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task What_can_be_had_once_is_sent_once_whatever_the_caller_allows()
    {
        await using var server = new RawServer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        await using var http = new HttpSession(Options with { Resilience = ResilienceOptions.None with { Attempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) } });
        HttpContent once = Multipart.Of(("a", "b"), FormPart.Content("f", new StreamContent(new MemoryStream([1, 2, 3])), "f"));
        using HttpReply reply = await http.PutAsync(server.Url, once, new() { Replay = Replay.Always }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.Status);
        Assert.Single(server.Heads);
    }

    [Fact]
    public async Task A_stream_that_can_seek_is_sent_from_where_it_stands_each_time()
    {
        using var stream = new MemoryStream("0123456789"u8.ToArray()) { Position = 4 };
        await using var server = new RawServer("HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.PostAsync(server.Url, new ReplayableContent(stream)).WaitAsync(Safety);
        Assert.Equal(2, server.Heads.Count);
        Assert.All(server.Heads, static head => Assert.EndsWith("\r\n\r\n456789", head, StringComparison.Ordinal));
        Assert.True(stream.CanRead);
        Assert.Throws<ArgumentException>(() => new ReplayableContent(new System.IO.Compression.BrotliStream(stream, System.IO.Compression.CompressionMode.Decompress)));
    }

    [Theory]
    [InlineData(3, "fewer")]
    [InlineData(12, "more")]
    [InlineData(-1, null)]
    public async Task A_source_that_fails_is_no_fault_of_the_connection_and_not_tried_again(int length, string? word)
    {
        int opened = 0;
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var http = new HttpSession(Options with { Resilience = ResilienceOptions.None with { Attempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) } });
        var content = new ReplayableContent(
            _ =>
            {
                opened++;
                return length < 0 ? throw new FileNotFoundException("gone") : new(new MemoryStream(new byte[length]));
            },
            8);
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => http.PutAsync(server.Url, content).WaitAsync(Safety));
        if (word is null) Assert.IsType<FileNotFoundException>(failure);
        else Assert.Contains(word, Assert.IsType<InvalidOperationException>(failure).Message, StringComparison.Ordinal);
        Assert.Equal(1, opened);
    }

    [Theory]
    [InlineData("Content-Length", "3")]
    [InlineData("Content-Length", "5")]
    [InlineData("content-length", "+4")]
    [InlineData("Content-Length", "4, 4")]
    [InlineData("Transfer-Encoding", "gzip")]
    [InlineData("transfer-encoding", "chunked, identity")]
    public async Task Row_18_a_framing_that_is_not_the_bodys_is_refused_before_a_byte_is_sent(string name, string value)
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var http = new HttpSession(Options);
        await Assert.ThrowsAsync<ArgumentException>(() => http.PostAsync(server.Url, new ByteArrayContent(new byte[4]), new() { Headers = [(name, value)] }).WaitAsync(Safety));
        Assert.Empty(server.Heads);
        using HttpReply reply = await http.PostAsync(server.Url, new ByteArrayContent(new byte[4]), new() { Headers = [("Content-Length", "4")] }).WaitAsync(Safety);
        Assert.Contains("Content-Length: 4\r\n", server.Heads.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_written_when_it_is_made()
    {
        using HttpContent json = Json.Of(new HandlerTests.Person("ü", 1), HandlerTests.PersonContext.Default.Person);
        Assert.Equal("application/json", json.Headers.ContentType!.ToString());
        using JsonDocument document = JsonDocument.Parse(await json.ReadAsByteArrayAsync());
        Assert.Equal("ü", document.RootElement.GetProperty("Name").GetString());
        Assert.NotNull(json.Headers.ContentLength);
    }

    [Fact]
    public async Task Json_is_read_by_its_contract_and_what_is_none_is_the_answers_fault()
    {
        const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        await using var server = new RawServer(Head + "Content-Length: 22\r\n\r\n{\"Name\":\"ann\",\"Age\":7}", Head + "Content-Length: 9\r\n\r\n{\"Name\":\"", Head + "Content-Length: 4\r\n\r\nnull");
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(new HandlerTests.Person("ann", 7), await reply.ReadJsonAsync(HandlerTests.PersonContext.Default.Person).WaitAsync(Safety));
        using HttpReply broken = await http.GetAsync(server.Url).WaitAsync(Safety);
        await Assert.ThrowsAsync<WireFormatException>(() => broken.ReadJsonAsync(HandlerTests.PersonContext.Default.Person).WaitAsync(Safety));
        using HttpReply nothing = await http.GetAsync(server.Url).WaitAsync(Safety);
        await Assert.ThrowsAsync<WireLimitException>(() => nothing.ReadJsonAsync(HandlerTests.PersonContext.Default.Person, limit: 3).WaitAsync(Safety));
    }

    internal static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (int length = random.Next(1, 12); length > 0; length--)
        {
            int kind = random.Next(4);
            text.Append(kind == 0 ? ((char)random.Next(0x20, 0x7F)).ToString() : kind == 1 ? "\r\n\"%+&= \\;:-"[random.Next(12)].ToString()
                : char.ConvertFromUtf32(random.Next(2) == 0 ? random.Next(0xA0, 0xD800) : random.Next(0x1F300, 0x1F600)));
        }

        return text.ToString();
    }
}
