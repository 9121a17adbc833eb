using System.Globalization;
using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar;

/// <summary>What the text of replies says: lines as servers write them, and lines that say nothing.</summary>
public sealed class FtpReplyTextTests
{
    private const string None = "none";

    [Theory]
    [InlineData("Entering Passive Mode (127,0,0,1,156,64).", "7F000001:40000")]
    [InlineData("Entering Passive Mode (127,0,0,1,156,64)", "7F000001:40000")]
    [InlineData("Entering Passive Mode 127,0,0,1,156,64", "7F000001:40000")]
    [InlineData("=127,0,0,1,156,64", "7F000001:40000")]
    [InlineData("127,0,0,1,156,64", "7F000001:40000")]
    [InlineData("OK (127, 0, 0, 1, 156, 64)", "7F000001:40000")]
    [InlineData("Passive mode 2 of 3: 255,254,253,252,0,1 ok", "FFFEFDFC:1")]
    [InlineData("Passive Mode 2, try 127,0,0,1,4,1", "7F000001:1025")]
    [InlineData("(192,168,300,1,4,1) no, (10,0,0,1,4,1)", "0A000001:1025")]
    [InlineData("(010,000,000,001,004,001)", "0A000001:1025")]
    [InlineData("(127,0,0,1,0,0)", None)]
    [InlineData("(127,0,0,1,256,0)", None)]
    [InlineData("(127,0,0,1,156)", None)]
    [InlineData("(1,127,0,0,1,156,64)", None)]
    [InlineData("(1, 127,0,0,1,156,64)", None)]
    [InlineData("(1127,0,0,1,156,64)", None)]
    [InlineData("(127,0,0,1,156,6400)", None)]
    [InlineData("(127,0,0,1,156,)", None)]
    [InlineData("(127,  0,0,1,156,64)", None)]
    [InlineData("(-127.0.0.1.156.64)", None)]
    [InlineData("no numbers", None)]
    [InlineData("", None)]
    public void The_address_and_port_of_227(string text, string expected) =>
        Assert.Equal(expected, FtpReplyText.TryPassive(Bytes(text), out uint address, out int port) ? $"{address:X8}:{port}" : None);

    [Theory]
    [InlineData("Entering Extended Passive Mode (|||6446|)", 6446)]
    [InlineData("Entering Extended Passive Mode (|||6446|).", 6446)]
    [InlineData("Extended (on) Passive Mode OK (|||65535|)", 65535)]
    [InlineData("(!!!1!)", 1)]
    [InlineData("(~~~21~)", 21)]
    [InlineData("((((21()", 21)]
    [InlineData("(|||00021|)", 21)]
    [InlineData("(|||0|)", 0)]
    [InlineData("(|||65536|)", 0)]
    [InlineData("(|||6446)", 0)]
    [InlineData("(|||6446|", 0)]
    [InlineData("|||6446|", 0)]
    [InlineData("(||6446|)", 0)]
    [InlineData("(|1|127.0.0.1|6446|)", 0)]
    [InlineData("(||| 6446|)", 0)]
    [InlineData("(|||-6446|)", 0)]
    [InlineData("(||||)", 0)]
    [InlineData("(||!6446|)", 0)]
    [InlineData("(   6446 )", 0)]
    [InlineData("(11164461)", 0)]
    [InlineData("(|||1000021|)", 0)]
    [InlineData("(", 0)]
    [InlineData("", 0)]
    public void The_port_of_229(string text, int expected)
    {
        Assert.Equal(expected > 0, FtpReplyText.TryExtendedPassive(Bytes(text), out int port));
        Assert.Equal(expected, port);
    }

    [Theory]
    [InlineData("\"/home/ann\" is the current directory", "/home/ann")]
    [InlineData("\"/\"", "/")]
    [InlineData("\"/say \"\"hello\"\"\" created", "/say \"hello\"")]
    [InlineData("\"\"\"\"", "\"")]
    [InlineData("directory \"/a b\" created", "/a b")]
    [InlineData("\"/a\" and \"/b\"", "/a")]
    [InlineData("/home/ann is the current directory", "/home/ann")]
    [InlineData("  /home/ann", "/home/ann")]
    [InlineData("\"\u00ff\"", "\u00ff")]
    [InlineData("\"\" is the current directory", None)]
    [InlineData("\"/home", None)]
    [InlineData("\"/home\"\"", None)]
    [InlineData("\"a\rb\"", None)]
    [InlineData("\"a\0\"", None)]
    [InlineData("", None)]
    public void The_path_of_257(string text, string expected) =>
        Assert.Equal(expected, FtpReplyText.TryQuotedPath(Bytes(text), out byte[]? path) ? Encoding.Latin1.GetString(path) : None);

    [Theory]
    [InlineData("20260112103100", "2026-01-12T10:31:00.0000000Z Second")]
    [InlineData(" 20260112103100 ", "2026-01-12T10:31:00.0000000Z Second")]
    [InlineData("20260112103100.5", "2026-01-12T10:31:00.5000000Z Millisecond")]
    [InlineData("20260112103100.123456", "2026-01-12T10:31:00.1234560Z Tick")]
    [InlineData("Modify=20260112103100; /pub/a", "2026-01-12T10:31:00.0000000Z Second")]
    [InlineData("modify=20260112103100;", "2026-01-12T10:31:00.0000000Z Second")]
    [InlineData("Create=20260112103100; a", "2026-01-12T10:31:00.0000000Z Second")]
    [InlineData("00010101000000", "0001-01-01T00:00:00.0000000Z Second")]
    [InlineData("99991231235959.999", "9999-12-31T23:59:59.9990000Z Millisecond")]
    [InlineData("191000112103100", None)]
    [InlineData("1910001121031", None)]
    [InlineData("20260112103100 a", None)]
    [InlineData("Modify=20260112103100", None)]
    [InlineData("Access=20260112103100; a", None)]
    [InlineData("20260112103160", "2026-01-12T10:32:00.0000000Z Second")]
    [InlineData("20260112103161", None)]
    [InlineData("2026:112103100", None)]
    [InlineData("2026/112103100", None)]
    [InlineData("", None)]
    public void The_time_of_213(string text, string expected)
    {
        bool read = FtpReplyText.TryTime(Bytes(text), out DateTimeOffset time, out FtpTimePrecision precision);
        Assert.Equal(expected, read ? $"{time.UtcDateTime:O} {precision}" : None);
    }

    [Theory]
    [InlineData("12345", "12345")]
    [InlineData(" 12345 ", "12345")]
    [InlineData("12345 bytes", "12345")]
    [InlineData("0", "0")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("9223372036854775808", None)]
    [InlineData("99999999999999999999999", None)]
    [InlineData("-1", None)]
    [InlineData("+1", None)]
    [InlineData("12a", None)]
    [InlineData("bytes 12", None)]
    [InlineData("", None)]
    public void The_size_of_213(string text, string expected) =>
        Assert.Equal(expected, FtpReplyText.TrySize(Bytes(text), out long size) ? size.ToString(CultureInfo.InvariantCulture) : None);

    [Theory]
    [InlineData("Opening BINARY mode data connection for a.txt (12345 bytes).", "12345")]
    [InlineData("Opening ASCII mode data connection for a (2 bytes).txt (12345 bytes)", "12345")]
    [InlineData("Opening BINARY mode data connection for a.txt(1 byte).", "1")]
    [InlineData("Opening data connection (12345 Bytes)", "12345")]
    [InlineData("Opening data connection for a (2 bytes).txt", "2")]
    [InlineData("Opening data connection for a (x).txt (bytes)", None)]
    [InlineData("Opening data connection (99999999999999999999 bytes)", None)]
    [InlineData("Ok to send data.", None)]
    [InlineData("(", None)]
    [InlineData("", None)]
    public void The_size_that_150_announces(string text, string expected) =>
        Assert.Equal(expected, FtpReplyText.TrySizeHint(Bytes(text), out long size) ? size.ToString(CultureInfo.InvariantCulture) : None);

    [Theory]
    [InlineData("FILE: a.txt.1", "a.txt.1")]
    [InlineData("File: a b", "a b")]
    [InlineData("Opening data connection. FILE: a", "a")]
    [InlineData("Transfer complete (unique file name:a (1).txt).", "a (1).txt")]
    [InlineData("Transfer complete (Unique File Name: a)", "a")]
    [InlineData("Data stored in \"a \"\"b\"\"\"", "a \"b\"")]
    [InlineData("FILE:", None)]
    [InlineData("FILE:  ", None)]
    [InlineData("FILE: a\0", None)]
    [InlineData("Transfer complete (unique file name:)", None)]
    [InlineData("Transfer complete", None)]
    [InlineData("", None)]
    public void The_name_that_STOU_made(string text, string expected) =>
        Assert.Equal(expected, FtpReplyText.TryUniqueName(Bytes(text), out byte[]? name) ? Encoding.Latin1.GetString(name) : None);

    [Theory]
    [InlineData("D41D8CD98F00B204E9800998ECF8427E", 32, "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("XMD5 hash: d41d8cd98f00b204e9800998ecf8427e.", 32, "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("\"a.txt\" d41d8cd98f00b204e9800998ecf8427e", 32, "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("MD5(a.txt)=d41d8cd98f00b204e9800998ecf8427e", 32, "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e d41d8cd98f00b204e9800998ecf8427e.iso", 32, "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e D41D8CD98F00B204E9800998ECF8427E", 32, "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e e41d8cd98f00b204e9800998ecf8427e", 32, None)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427", 32, None)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e0", 32, None)]
    [InlineData("g41d8cd98f00b204e9800998ecf8427e", 32, None)]
    [InlineData("CBF43926", 8, "cbf43926")]
    [InlineData("0xCBF43926", 8, "cbf43926")]
    [InlineData("XCRC successful: F43926", 8, "00f43926")]
    [InlineData("0", 8, "00000000")]
    [InlineData("F43926 for a file.txt", 8, None)]
    [InlineData("Done", 8, None)]
    [InlineData("", 8, None)]
    public void A_hash_somewhere(string text, int digits, string expected) =>
        Assert.Equal(expected, FtpReplyText.TryHash(Bytes(text), digits, out string? hex) ? hex : None);

    [Theory]
    // draft-bryan-ftpext-hash §3.1
    [InlineData("SHA-256 0-49 169cd22282da7f147cb491e559e9dd filename.ext", "SHA-256 0 49 169cd22282da7f147cb491e559e9dd filename.ext")]
    [InlineData("MD5 0-9223372036854775807 ABCD a  b", "MD5 0 9223372036854775807 abcd a  b")]
    [InlineData("MD5 0-0 ABCD", "MD5 0 0 abcd ")]
    [InlineData("MD5 5-4 ABCD a", None)]
    [InlineData("MD5 0 ABCD a", None)]
    [InlineData("MD5 -1-5 ABCD a", None)]
    [InlineData("MD5 0-5 ABC a", None)]
    [InlineData("MD5 0-5 ABCG a", None)]
    [InlineData("MD5 0-5", None)]
    [InlineData("", None)]
    public void The_reply_to_HASH(string text, string expected) => Assert.Equal(
        expected,
        FtpReplyText.TryHashReply(Bytes(text), out FtpHashReply? reply)
            ? $"{reply.Algorithm} {reply.Start} {reply.End} {reply.Hex} {Encoding.Latin1.GetString(reply.Path.Span)}"
            : None);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
