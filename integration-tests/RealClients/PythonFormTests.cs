using System.Text;

namespace ProtocolClients.Integration.Tests.RealClients;

/// <summary>Our forms as Python's parser of MIME reads them: whether they are forms to more than one server.</summary>
public sealed class PythonFormTests : IDisposable
{
    private const string Script = """
        import sys, email, email.policy
        message = email.message_from_bytes(open(sys.argv[1], 'rb').read(), policy=email.policy.HTTP)
        for part in message.iter_parts():
            name = part.get_param('name', header='content-disposition')
            print(name, part.get_filename(), part.get_content_type(), part.get_payload(decode=True).hex(), len(part.defects), sep='|')
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("form-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Every_part_of_a_form_is_read_as_it_was_given()
    {
        using HttpContent form = Multipart.Of(
            ("title", "wörth"),
            ("a \"quoted\" name", "x\r\ny"),
            FormPart.Bytes("photo", new byte[] { 0, 255, 13, 10, 45, 45 }, "strand.jpg", "image/jpeg"),
            FormPart.Bytes("nothing", default, "empty.bin"));
        string path = Path.Combine(_directory.FullName, "form");
        byte[] head = Encoding.ASCII.GetBytes($"Content-Type: {form.Headers.ContentType}\r\n\r\n");
        await File.WriteAllBytesAsync(path, [.. head, .. await form.ReadAsByteArrayAsync()]);
        ClientRun run = await ClientRun.StartAsync("python3", "-c", Script, path);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            [
                $"title|None|text/plain|{Convert.ToHexStringLower("wörth"u8)}|0",
                $"a %22quoted%22 name|None|text/plain|{Convert.ToHexStringLower("x\r\ny"u8)}|0",
                "photo|strand.jpg|image/jpeg|00ff0d0a2d2d|0",
                "nothing|empty.bin|application/octet-stream||0",
            ],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
