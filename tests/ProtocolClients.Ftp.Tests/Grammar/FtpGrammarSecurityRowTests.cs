using System.Text;
using ProtocolClients.Ftp.Tests.Grammar.Listing;

namespace ProtocolClients.Ftp.Tests.Grammar;

/// <summary>Rows of the list of advisories that the grammar of FTP shows.</summary>
public sealed class FtpGrammarSecurityRowTests
{
    [Theory]
    [InlineData("type=file;", "a=b;", " x")]
    [InlineData("type=file;", "=;", " x")]
    [InlineData("", "; ", "x")]
    [InlineData("type=OS.unix=slink:", ":=", "; x")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 ", " -> ", "x")]
    [InlineData("lrwxrwxrwx 1 a b 9 Feb  5 09:07 ", " -> ", "x")]
    [InlineData("-rw-r--r-- ", "Feb 5 ", "09:07 x")]
    [InlineData("-rw-r--r-- ", " ", "1 a b 12 Feb  5 09:07 x")]
    [InlineData("-rw-r--r-- 1 a b ", "9", " Feb  5 09:07 x")]
    [InlineData("d [", "RWCEAFMS", "] a 512 Jan 12 10:31 x")]
    [InlineData("01-31-24  10:11AM  ", "1,234,", "567 a")]
    [InlineData("01-31-24  10:11AM  <SYMLINK>  ", " [", "x]")]
    [InlineData("", "^", ";1")]
    [InlineData("A;1 ", "[", " 31-JAN-2024 10:11")]
    [InlineData("A;1 31-JAN-2024 10:11 ", "(x)", " [y]")]
    [InlineData("A 12 01/31/24 10:11:12 *", "A", " x")]
    [InlineData("V ", "PO ", "A.B")]
    [InlineData("V PO ", "A.", "B")]
    [InlineData("A 101 1 31-Jan-24 10:11:12 ", "1, ", "\"n\"")]
    [InlineData("+", "r,", "\tx")]
    [InlineData("+", "i,up,", "\tx")]
    [InlineData("(", "127,0,0,1,", "4,1)")]
    [InlineData("", "1,2,3,4,5,6,", "")]
    [InlineData("", "(|||1", "|)")]
    [InlineData("", "(", "|||1|)")]
    [InlineData("\"", "\"\"", "\"")]
    [InlineData("FILE", "FILE", ": x")]
    [InlineData("", "(12 byte", ")")]
    [InlineData("", "d41d8cd98f00b204e9800998ecf8427e ", "")]
    [InlineData("MD5 0-", "9", " AB x")]
    [InlineData("2026", "0", "12")]
    public async Task Row_45_a_megabyte_of_the_worst_is_read_in_linear_work(string head, string piece, string tail)
    {
        byte[] line = Encoding.Latin1.GetBytes(head + string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length)) + tail);
        // Work that grew with the square would take minutes at least, for each of these.
        await Task.Run(() =>
        {
            FtpListFormat[] formats =
            [
                FtpListFormat.Mlsd, FtpListFormat.Unix, FtpListFormat.Dos, FtpListFormat.Vms, FtpListFormat.Os400, FtpListFormat.Zos, FtpListFormat.NonStop, FtpListFormat.Eplf,
                FtpListFormat.Auto,
            ];
            foreach (FtpListFormat format in formats)
            {
                FtpListParser parser = format.CreateParser(ListTable.Context);
                if (format.Name is "z/OS" or "any dialect") parser.Parse("Volume Unit Referred Dsorg Dsname"u8);
                Take(parser, line);
                Take(parser, line);
                parser.End();
            }

            Assert.Throws<WireFormatException>(() => MlsdListParser.ParseReply([.. line, 0], ListTable.Context, "x"));
            _ = FtpReplyText.TryPassive(line, out _, out _);
            _ = FtpReplyText.TryExtendedPassive(line, out _);
            _ = FtpReplyText.TryQuotedPath(line, out _);
            _ = FtpReplyText.TryUniqueName(line, out _);
            _ = FtpReplyText.TrySizeHint(line, out _);
            _ = FtpReplyText.TrySize(line, out _);
            _ = FtpReplyText.TryTime(line, out _, out _);
            _ = FtpReplyText.TryHash(line, 32, out _);
            _ = FtpReplyText.TryHashReply(line, out _);
            string text = Encoding.Latin1.GetString(line);
            _ = FtpCapabilities.Parse([text, "MLST " + text, text]).ToString();
        }).WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("%41")]
    [InlineData("a/")]
    [InlineData("//")]
    [InlineData(";type=a/")]
    [InlineData("%2f")]
    public async Task Row_45_a_long_URL_is_read_in_linear_work(string piece)
    {
        // The platform takes URLs of up to 65,519 characters, and ours as many.
        string text = "ftp://h/" + string.Concat(Enumerable.Repeat(piece, 60_000 / piece.Length));
        await Task.Run(() =>
        {
            try
            {
                FtpPath path = FtpUrl.Parse(text).Path;
                _ = FtpUrl.Create("ftp", "h", 21, path);
            }
            catch (ArgumentException)
            {
                // Refused is as good as read.
            }
        }).WaitAsync(TimeSpan.FromMinutes(2));
    }

    private static void Take(FtpListParser parser, byte[] line)
    {
        try
        {
            if (parser.Parse(line) is { } entry) _ = entry.Facts.Count + entry.ToString().Length + (entry.LinkTarget ?? entry.Owner ?? entry.UniqueId ?? "").Length;
        }
        catch (WireFormatException)
        {
            // Refused is as good as read.
        }
    }
}
