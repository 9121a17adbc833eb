using ProtocolClients.Transport;
using ProtocolClients.Transport.Tests.Grammar;

namespace ProtocolClients.Ftp.Tests.Grammar;

/// <summary>
/// Replies of the control connection as servers send them, whole, split at every offset and byte by byte (RFC 959 §4.2). Lines end with CR LF and
/// nothing else: a server that lets names have LF repeats them in its replies, and a reader that takes LF for a line end would read
/// such a name as a reply of its own.
/// </summary>
public sealed class FtpControlReplyTests
{
    [Theory]
    [InlineData("220 (vsFTPd 3.0.5)\r\n", "220:(vsFTPd 3.0.5)|end")]
    [InlineData("220\r\n", "220:|end")]
    [InlineData("220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220-You are user number 1 of 50 allowed.\r\n220-Local time is now 10:31. Server port: 21.\r\n"
        + "220 You will be disconnected after 15 minutes of inactivity.\r\n",
        "220:--------- Welcome to Pure-FTPd [privsep] [TLS] ----------/You are user number 1 of 50 allowed./Local time is now 10:31. Server port: 21./"
        + "You will be disconnected after 15 minutes of inactivity.|end")]
    [InlineData("211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n UTF8\r\n211 End\r\n",
        "211:Features:/ EPRT/ EPSV/ MDTM/ PASV/ REST STREAM/ SIZE/ TVFS/ UTF8/End|end")]
    [InlineData("211-Features:\r\n211-MDTM\r\n211-SIZE\r\n211 End\r\n", "211:Features:/MDTM/SIZE/End|end")]
    [InlineData("250-Start of list\r\n type=file;size=12; /pub/a\r\n250 End\r\n", "250:Start of list/ type=file;size=12; /pub/a/End|end")]
    [InlineData("230-\r\n230-Welcome\r\n230-\r\n230 Login successful.\r\n", "230:/Welcome//Login successful.|end")]
    // free text, with digits, other codes, the same code without its space
    [InlineData("214-The following commands\r\n   USER    PORT\r\n 214 is no end here\r\n214Direct comments to root\r\n2140 too\r\n214 End\r\n",
        "214:The following commands/   USER    PORT/ 214 is no end here/214Direct comments to root/2140 too/End|end")]
    [InlineData("220-Ports 21, 990\r\n220.5 GB free\r\n221 was yesterday\r\n550-not me\r\n220 ok\r\n", "220:Ports 21, 990/220.5 GB free/221 was yesterday/550-not me/ok|end")]
    [InlineData("230-line\r\n230-230 nested\r\n230 ok\r\n", "230:line/230 nested/ok|end")]
    [InlineData("226-Options: -l \r\n226 4 matches total\r\n", "226:Options: -l /4 matches total|end")]
    // the same code and a space ends a reply, whatever was meant: what follows is another one
    [InlineData("220-Welcome\r\n220 in the middle\r\n220 end\r\n", "220:Welcome/in the middle|220:end|end")]
    [InlineData("220-Welcome\r\n220 in the middle\r\nnot a reply\r\n", "220:Welcome/in the middle|invalid")]
    // one behind the other: 150 and 226 arrive together
    [InlineData("150 Here comes the directory listing.\r\n226 Directory send OK.\r\n", "150:Here comes the directory listing.|226:Directory send OK.|end")]
    [InlineData("234 Proceed with negotiation.\r\n220 smuggled\r\n", "234:Proceed with negotiation.|220:smuggled|end")]
    [InlineData("631 ZW5jcnlwdGVk\r\n", "631:ZW5jcnlwdGVk|end")]
    // other encodings stay bytes
    [InlineData("550 gr\u00fc\u00df: no\r\n", "550:gr\ufffd\ufffd: no|end")]
    // not ended
    [InlineData("220-Welcome\r\n", "more")]
    [InlineData("220-Welcome\r\n220-more", "more")]
    [InlineData("220 ok\r", "more")]
    [InlineData("22", "more")]
    // refused
    [InlineData("220 ok\n", "invalid")]
    [InlineData("550 a\n226 Transfer complete\r\n", "invalid")]
    [InlineData("550 a\r226 Transfer complete\r\n", "invalid")]
    [InlineData("220 a\0b\r\n", "invalid")]
    [InlineData("220-a\r\nb\nc\r\n220 d\r\n", "invalid")]
    [InlineData("220ok\r\n", "invalid")]
    [InlineData("220:ok\r\n", "invalid")]
    [InlineData("\r\n220 ok\r\n", "invalid")]
    [InlineData(" 220 ok\r\n", "invalid")]
    [InlineData("\u00ff\u00f4220 ok\r\n", "invalid")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "invalid")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "invalid")]
    [InlineData("+OK POP3\r\n", "invalid")]
    [InlineData("720 no\r\n", "invalid")]
    public void Replies(string input, string expected) => Assert.Equal(
        expected,
        string.Join('|', ParserHarness.Everywhere(() => new ParserHarness.Replies(new CodedReplyParser { Style = CodedReplyStyle.FreeLines }), input)));
}
