using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Entries as values: paths, equality, what a parser of one's own makes of them.</summary>
public sealed class FtpEntryTests
{
    private static readonly Encoding Latin1 = Encoding.Latin1;

    [Theory]
    [InlineData("", "a", "a")]
    [InlineData("/pub", "a", "/pub/a")]
    [InlineData("/", "a", "/a")]
    [InlineData("/pub/", "gr\u00c3\u00bc\u00c3\u009fe", "/pub/grüße")]
    public void The_path_is_text_where_the_name_is(string directory, string name, string path)
    {
        FtpEntry entry = ListTable.Entries(FtpListFormat.Mlsd, $"type=file; {name}", ListTable.Context with { Directory = directory })[0];
        Assert.Equal(FtpPath.FromString(path), entry.Path);
        Assert.False(entry.Path.IsExact);
    }

    [Fact]
    public void The_path_is_bytes_where_the_name_is_no_text()
    {
        FtpEntry entry = ListTable.Entries(FtpListFormat.Mlsd, "type=file; a\u00e4\u00ff", ListTable.Context with { Directory = "/ü" })[0];
        Assert.Equal("a\ufffd\ufffd", entry.Name);
        Assert.Equal([(byte)'a', 0xE4, 0xFF], entry.RawName.ToArray());
        Assert.True(entry.Path.IsExact);
        Assert.Equal([(byte)'/', 0xC3, 0xBC, (byte)'/', (byte)'a', 0xE4, 0xFF], entry.Path.Encode(Encoding.UTF8).ToArray());
    }

    [Fact]
    public void A_directory_of_text_beside_a_name_of_bytes_is_encoded_as_the_listing_is()
    {
        // U+0153 is not in Latin-1, and 0x9C is a control character there: both ways the name decodes and encodes back.
        FtpListContext context = ListTable.Context with { Directory = "/ü", Encoding = Encoding.ASCII };
        FtpEntry entry = ListTable.Entries(FtpListFormat.Mlsd, "type=file; \u009c", context with { Directory = "/u" })[0];
        Assert.Equal("\ufffd", entry.Name);
        Assert.Equal([(byte)'/', (byte)'u', (byte)'/', 0x9C], entry.Path.Encode(Encoding.ASCII).ToArray());
        FtpEntry latin = ListTable.Entries(FtpListFormat.Mlsd, "type=file; \u00fc", context with { Encoding = Latin1 })[0];
        Assert.Equal("/ü/ü", latin.Path.ToString());
        Assert.Equal([(byte)'/', 0xFC, (byte)'/', 0xFC], latin.Path.Encode(Latin1).ToArray());
        Assert.Equal([(byte)'/', 0xFC, (byte)'/', 0xFF], FtpPath.FromString("/ü").Combine(FtpPath.FromBytes([0xFF]), Latin1).Encode(Encoding.UTF8).ToArray());
    }

    [Fact]
    public void An_encoding_that_throws_is_made_forgiving()
    {
        FtpListContext context = ListTable.Context with { Encoding = new UTF8Encoding(false, throwOnInvalidBytes: true) };
        Assert.Equal("\ufffd", ListTable.Entries(FtpListFormat.Mlsd, "type=file; \u00ff", context)[0].Name);
    }

    [Fact]
    public void Entries_are_equal_when_they_say_the_same()
    {
        const string Line = "type=file;size=1;modify=20260112103100;perm=r; a";
        FtpEntry one = ListTable.Entries(FtpListFormat.Mlsd, Line)[0];
        FtpEntry two = ListTable.Entries(FtpListFormat.Mlsd, Line)[0];
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.Equal(one, one with { });
        Assert.NotEqual(one, ListTable.Entries(FtpListFormat.Mlsd, Line, ListTable.Context with { Directory = "/other" })[0]);
        Assert.NotEqual(one, ListTable.Entries(FtpListFormat.Mlsd, Line + "b")[0]);
        Assert.All(
            [
                one with { Kind = FtpEntryKind.Other }, one with { Size = 2 }, one with { Size = null }, one with { Modified = null },
                one with { ModifiedPrecision = FtpTimePrecision.Minute }, one with { Created = DateTimeOffset.UnixEpoch }, one with { Permissions = "w" },
                one with { Mode = 1 }, one with { Owner = "o" }, one with { Group = "g" }, one with { LinkTarget = "t" }, one with { UniqueId = "u" },
                one with { Path = "/elsewhere" }, one with { Facts = new Dictionary<string, string> { ["perm"] = "w" } },
            ],
            other => Assert.NotEqual(one, other));
    }

    [Fact]
    public void An_entry_without_a_listing()
    {
        var entry = new FtpEntry("/pub", "a.txt") { Kind = FtpEntryKind.File, Size = 12, Modified = DateTimeOffset.UnixEpoch };
        Assert.Equal("File <a.txt> 12 1970-01-01T00:00:00", ListTable.Show(entry));
        Assert.Equal("/pub/a.txt", entry.Path.ToString());
        Assert.True(entry.RawLine.IsEmpty);
        Assert.Empty(entry.Facts);
        Assert.Equal(FtpTimePrecision.Second, entry.ModifiedPrecision);
        Assert.Equal("File /pub/a.txt 12 1970-01-01T00:00:00.0000000+00:00", entry.ToString());
        Assert.Throws<ArgumentException>(() => new FtpEntry("/pub", "a\rb"));
        Assert.Throws<ArgumentException>(() => new FtpEntry("/pub", ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => entry with { Size = -1 });
    }

    [Fact]
    public void A_dialect_of_ones_own()
    {
        Assert.Equal("File </a> 7|File </b> 8", ListTable.Read(new Colons(), "/a:7\n\n/b:8"));
        Assert.Equal(ListTable.Refused, ListTable.ReadLine(new Colons(), ":7"));
        Assert.Equal(ListTable.Refused, ListTable.ReadLine(new Colons(), "a\rb:7"));
        Assert.Equal("colons", new Colons().ToString());
    }

    [Fact]
    public void An_entry_of_MLSD_takes_three_objects()
    {
        byte[] line = "type=file;size=163840;modify=20260112093000;perm=adfrw;unique=FD00U1234;UNIX.mode=0644; file-000017.bin"u8.ToArray();
        FtpListParser parser = FtpListFormat.Mlsd.CreateParser(ListTable.Context);
        Assert.True(Touch(parser.Parse(line)!));
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool touched = Touch(parser.Parse(line)!);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(touched);
        // The entry, its line, its name.
        Assert.InRange(allocated, 150, 300);

        static bool Touch(FtpEntry entry) =>
            entry is { Kind: FtpEntryKind.File, Size: 163840, Modified: not null, Name.Length: 15 };
    }

    private sealed class Colons : FtpListFormat
    {
        public override string Name => "colons";

        public override FtpListParser CreateParser(FtpListContext context) => new Parser(context);

        private sealed class Parser(FtpListContext context) : FtpListParser
        {
            public override FtpEntry? Parse(ReadOnlySpan<byte> line)
            {
                if (line.IsEmpty) return null;
                int colon = line.IndexOf((byte)':');
                return new FtpEntry(context, line, ..colon) { Kind = FtpEntryKind.File, Size = line[colon + 1] - '0' };
            }
        }
    }
}
