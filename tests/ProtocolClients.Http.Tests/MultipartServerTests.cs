using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProtocolClients.Fuzzing;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Our forms, read by a server that is not ours.</summary>
public sealed class MultipartServerTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Aspnet_reads_every_part_as_it_was_given()
    {
        List<(string Name, string? File, string? Type, string Hash, int Length)> seen = [];
        List<KeyValuePair<string, string>> fields = [];
        long? length = null;
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Post("/form").BeforeBody().Handle(async context =>
        {
            length = context.Request.ContentLength;
            IFormCollection form = await context.Request.ReadFormAsync();
            foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in form) fields.AddRange(values.Select(value => new KeyValuePair<string, string>(name, value!)));
            foreach (IFormFile file in form.Files)
            {
                using Stream content = file.OpenReadStream();
                seen.Add((file.Name, file.FileName, file.ContentType, Convert.ToHexString(await SHA256.HashDataAsync(content)), (int)file.Length));
            }

            context.Response.StatusCode = 204;
        });
        byte[] noise = new byte[300_000];
        new Random(7578).NextBytes(noise);
        "\r\n--form-"u8.CopyTo(noise.AsSpan(1000));
        string hash = Convert.ToHexString(SHA256.HashData(noise));
        await using var http = new HttpSession(server.ClientOptions);
        foreach (bool known in (bool[])[true, false])
        {
            seen.Clear();
            fields.Clear();
            using HttpReply reply = await http.PostAsync(server.UrlOf("/form").AbsoluteUri, Multipart.Of(
                ("plain", "a=b&c\r\nd"),
                ("ünï €", "wörth 😀"),
                ("", "no name"),
                ("twice", "1"),
                ("twice", "2"),
                ("empty", ""),
                FormPart.Bytes("file", noise, "übung 1.bin"),
                FormPart.Stream("streamed", _ => new(new MemoryStream(noise)), known ? noise.Length : null, "s.jpg", "image/jpeg"),
                FormPart.Bytes("nothing", default, "empty.txt", "text/plain"))).WaitAsync(Safety);
            Assert.Equal(HttpStatusCode.NoContent, reply.Status);
            Assert.Equal(
                [new("plain", "a=b&c\r\nd"), new("ünï €", "wörth 😀"), new("", "no name"), new("twice", "1"), new("twice", "2"), new("empty", "")],
                fields.ToArray());
            Assert.Equal(("file", "übung 1.bin", "application/octet-stream", hash, noise.Length), seen[0]);
            Assert.Equal(("streamed", "s.jpg", "image/jpeg", hash, noise.Length), seen[1]);
            Assert.Equal(("nothing", "empty.txt", "text/plain", Convert.ToHexString(SHA256.HashData([])), 0), seen[2]);
            Assert.Equal(known, length is not null);
        }
    }

    [Fact]
    public async Task Fuzz_every_random_form_is_read_back_by_aspnet()
    {
        var random = new Random(20_001);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            (string Name, string Value)[] fields = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (NameOf(random), ContentTests.RandomText(random)))];
            using HttpContent form = Multipart.Of([.. fields.Select(static field => (FormPart)field)]);
            var body = new MemoryStream();
            await form.CopyToAsync(body, TestContext.Current.CancellationToken);
            Assert.Equal(form.Headers.ContentLength, body.Length);
            body.Position = 0;
            var reader = new Microsoft.AspNetCore.WebUtilities.MultipartReader(form.Headers.ContentType!.Parameters.Single().Value!, body);
            foreach ((string name, string value) in fields)
            {
                Microsoft.AspNetCore.WebUtilities.MultipartSection section = (await reader.ReadNextSectionAsync(TestContext.Current.CancellationToken))!;
                // The reader gives the field as it stands: what stands in its quotes is the name as WHATWG escapes it.
                string escaped = name.Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal).Replace("\"", "%22", StringComparison.Ordinal);
                Assert.Equal($"form-data; name=\"{escaped}\"", section.ContentDisposition);
                using var text = new StreamReader(section.Body, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
                Assert.Equal(value, await text.ReadToEndAsync(TestContext.Current.CancellationToken));
            }

            Assert.Null(await reader.ReadNextSectionAsync(TestContext.Current.CancellationToken));
        }
    }

    private static string NameOf(Random random) => string.Concat(ContentTests.RandomText(random).Where(static c => !char.IsControl(c) || c is '\r' or '\n'));
}
