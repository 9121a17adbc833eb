using System.Text;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>The line ends of TYPE A: the same bytes come out however the text is cut on its way.</summary>
public sealed class LineEndFilterTests
{
    private const int Longest = 6;

    // Every text of these letters up to the longest: enough for each way in which CR, LF and another byte can meet.
    private static readonly string[] Texts = [.. Enumerable.Range(0, Longest + 1).SelectMany(static length => OfLength(length))];

    [Fact]
    public void From_the_wire_each_text_comes_out_the_same_in_every_way_of_cutting_it()
    {
        foreach (string text in Texts)
        {
            string expected = OperatingSystem.IsWindows() ? text : text.Replace("\r\n", "\n", StringComparison.Ordinal);
            foreach (string[] pieces in Splits(text)) Assert.Equal((Shown(pieces), Shown(expected)), (Shown(pieces), Shown(ToLocal(pieces))));
        }
    }

    [Fact]
    public void To_the_wire_each_text_goes_out_the_same_in_every_way_of_cutting_it()
    {
        foreach (string text in Texts)
        {
            string expected = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
            foreach (string[] pieces in Splits(text)) Assert.Equal((Shown(pieces), Shown(expected)), (Shown(pieces), Shown(ToWire(pieces))));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4096)]
    public async Task A_text_is_read_the_same_by_however_many_bytes_at_a_time(int most)
    {
        if (OperatingSystem.IsWindows()) return;
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { MaxLineLength = 100 });
        await using var ftp = new FtpClient(server.Url, server.ClientOptions with { Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = TlsMode.None } } });
        foreach (string text in (string[])["", "\r", "\r\r", "a\r", "\r\n", "\r\r\n", "a\rb\r\nc\r", "\n\r", "one\r\ntwo\rthree\r\n\r\r\nfour"])
        {
            server.Files["t"] = text;
            // What the server has is LF or CR as it is; it sends CR LF for LF.
            string expected = text.Replace("\r\n", "\n", StringComparison.Ordinal);
            await using FtpContent content = await ftp.OpenContentAsync("t", new() { Type = FtpDataType.Ascii });
            var came = new MemoryStream();
            byte[] buffer = new byte[most];
            int read;
            while ((read = await content.Stream.ReadAsync(buffer)) > 0) came.Write(buffer, 0, read);
            Assert.Equal(Shown(expected), Shown(Encoding.Latin1.GetString(came.ToArray())));
            Assert.Equal(0, await content.Stream.ReadAsync(buffer));
        }
    }

    private static IEnumerable<string> OfLength(int length) =>
        length == 0 ? [""] : OfLength(length - 1).SelectMany(static rest => (string[])[rest + '\r', rest + '\n', rest + 'x']);

    private static IEnumerable<string[]> Splits(string text)
    {
        // A bit for each place between two letters.
        for (int cuts = 0; cuts < 1 << Math.Max(0, text.Length - 1); cuts++)
        {
            var pieces = new List<string>();
            int start = 0;
            for (int i = 1; i <= text.Length; i++)
            {
                if (i < text.Length && ((cuts >> (i - 1)) & 1) == 0) continue;
                pieces.Add(text[start..i]);
                start = i;
            }

            yield return [.. pieces];
        }
    }

    private static string ToLocal(string[] pieces)
    {
        var filter = new LineEndFilter(true);
        var came = new StringBuilder();
        byte[] buffer = new byte[Longest + 2];
        foreach (string piece in pieces)
        {
            int lead = filter.Lead;
            Encoding.Latin1.GetBytes(piece, buffer.AsSpan(lead));
            int kept = filter.ToLocal(buffer.AsSpan(0, lead + piece.Length));
            came.Append(Encoding.Latin1.GetString(buffer.AsSpan(0, kept)));
        }

        return came.Append(Encoding.Latin1.GetString(buffer.AsSpan(0, filter.End(buffer)))).ToString();
    }

    private static string ToWire(string[] pieces)
    {
        var filter = new LineEndFilter(true);
        var sent = new StringBuilder();
        byte[] target = new byte[2 * Longest];
        foreach (string piece in pieces) sent.Append(Encoding.Latin1.GetString(target.AsSpan(0, filter.ToWire(Encoding.Latin1.GetBytes(piece), target))));
        return sent.ToString();
    }

    private static string Shown(params string[] pieces) =>
        string.Join('|', pieces).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
