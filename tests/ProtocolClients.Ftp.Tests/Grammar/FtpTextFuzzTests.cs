using System.Text;
using ProtocolClients.Transport;
using ProtocolClients.Transport.Tests.Grammar;

namespace ProtocolClients.Ftp.Tests.Grammar;

/// <summary>Mutations of replies and of URLs.</summary>
public sealed class FtpTextFuzzTests
{
    private static readonly string[] Texts =
    [
        "Entering Passive Mode (127,0,0,1,156,64).", "=127, 0, 0, 1, 156, 64", "Entering Extended Passive Mode (|||6446|)", "\"/home/ann \"\"x\"\"\" is the current directory",
        "20260112103100.125", "Modify=20260112103100; /pub/a", "12345 bytes", "Opening BINARY mode data connection for a.txt (12345 bytes).", "FILE: a.txt.1",
        "Transfer complete (unique file name:a (1).txt).", "SHA-256 0-49 169cd22282da7f147cb491e559e9dd filename.ext", "MD5(a.txt)=d41d8cd98f00b204e9800998ecf8427e", "0xCBF43926",
    ];

    private static readonly string[] Replies =
    [
        "220 (vsFTPd 3.0.5)\r\n", "211-Features:\r\n EPRT\r\n REST STREAM\r\n211 End\r\n", "230-Welcome\r\n 230 no\r\n231 no\r\n230 ok\r\n", "150 a\r\n226 b\r\n", "550 a\nb\r\n", "220\r\n",
    ];

    private static readonly string[] Features =
    [
        "AUTH TLS;TLS-C;SSL", "HASH CRC32;MD5;SHA-256*", "LANG en*;de", "MLST modify*;perm*;size*;type*;unique*;UNIX.mode;", "REST STREAM", "SITE UTIME;COPY", "UTF8", "MODE Z", "X y z",
    ];

    private static readonly string[] Urls =
    [
        "ftp://ann:secret@host.example:2121/pub/a%20b.txt;type=i", "ftps://h/%2Fetc/motd?x#y", "ftp://[::1]//etc/", "ftp://h/gr%C3%BC%C3%9Fe/%E4", "ftp://h/a/b;type=d",
    ];

    [Fact]
    public void Texts_of_replies() => Fuzz.Run(21, Texts, " ", input =>
    {
        byte[] text = Encoding.Latin1.GetBytes(input);
        if (FtpReplyText.TryPassive(text, out _, out int port)) Assert.InRange(port, 1, 65535);
        if (FtpReplyText.TryExtendedPassive(text, out port)) Assert.InRange(port, 1, 65535);
        if (FtpReplyText.TrySize(text, out long size) || FtpReplyText.TrySizeHint(text, out size)) Assert.InRange(size, 0, long.MaxValue);
        if (FtpReplyText.TryTime(text, out DateTimeOffset time, out _)) Assert.True(FtpTime.TryParse(Encoding.ASCII.GetBytes(FtpTime.Format(time)), out _));
        if (FtpReplyText.TryQuotedPath(text, out byte[]? path)) Assert.False(path.Length == 0 || path.AsSpan().ContainsAny((byte)'\r', (byte)'\n', (byte)0));
        if (FtpReplyText.TryUniqueName(text, out byte[]? name)) Assert.False(name.Length == 0 || name.AsSpan().ContainsAny((byte)'\r', (byte)'\n', (byte)0));
        foreach (int digits in (int[])[8, 32, 40, 64, 128])
        {
            if (FtpReplyText.TryHash(text, digits, out string? hex)) Assert.True(hex.Length == digits && hex.All(char.IsAsciiHexDigitLower));
        }

        if (FtpReplyText.TryHashReply(text, out FtpHashReply? reply)) Assert.True(reply.End >= reply.Start && reply.Hex.All(char.IsAsciiHexDigitLower));
    });

    [Fact]
    public void Control_replies()
    {
        var random = new Random(22);
        Fuzz.Run(22, Replies, "", input =>
        {
            byte[] bytes = Encoding.Latin1.GetBytes(input);
            List<string> whole = ParserHarness.Run(Start(), bytes, [bytes.Length]);
            var ends = new List<int>();
            for (int end = 0; end < bytes.Length;) ends.Add(end = Math.Min(bytes.Length, end + random.Next(1, 20)));
            Assert.Equal(whole, ParserHarness.Run(Start(), bytes, ends));
        });

        static ParserHarness.Replies Start() => new(new CodedReplyParser { Style = CodedReplyStyle.FreeLines, Lines = 20, LineLimit = 200 });
    }

    [Fact]
    public void Capabilities() => Fuzz.Run(23, Features, "\n", input =>
    {
        var features = FtpCapabilities.Parse(input.Split('\n'));
        Assert.All(features.Features, name => Assert.True(features.Has(name) && name.Length > 0));
        Assert.DoesNotContain(features.Mlst, fact => fact.Name.EndsWith('*'));
        if (features.SelectedHashAlgorithm is { } selected) Assert.Contains(selected, features.HashAlgorithms);
        Assert.Equal(features.ToString(), FtpCapabilities.Parse(features.ToString().Split('\n')).ToString());
    });

    [Fact]
    public void Urls_there_and_back()
    {
        int read = 0;
        Fuzz.Run(24, Urls, "/", input =>
        {
            FtpUrl url;
            try
            {
                url = FtpUrl.Parse(input);
            }
            catch (ArgumentException)
            {
                return;
            }

            read++;
            byte[] path = url.Path.Encode(Encoding.UTF8).ToArray();
            Assert.False(path.AsSpan().ContainsAny((byte)'\r', (byte)'\n', (byte)0));
            Assert.InRange(url.Port, 1, 65535);
            var again = FtpUrl.From(FtpUrl.Create(url.IsImplicitTls ? "ftps" : "ftp", url.Host, url.Port, url.Path, type: url.Type));
            Assert.Equal(path.Length > 1 && path[^1] == '/' ? path[..^1] : path, again.Path.Encode(Encoding.UTF8).ToArray());
            Assert.Equal((url.Host, url.Port, url.Type, url.IsImplicitTls), (again.Host, again.Port, again.Type, again.IsImplicitTls));
        });
        Assert.InRange(read, Fuzz.Count / 20, int.MaxValue);
    }
}
