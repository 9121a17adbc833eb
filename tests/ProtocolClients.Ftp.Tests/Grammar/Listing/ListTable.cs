using System.Globalization;
using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Lines of listings and what they say, as text, so that a table is a list of pairs of strings.</summary>
internal static class ListTable
{
    /// <summary>What a line makes when it names no entry.</summary>
    public const string Nothing = "-";

    /// <summary>What a line makes when it is refused.</summary>
    public const string Refused = "refused";

    public static FtpListContext Context { get; } = new()
    {
        Directory = "/pub",
        Now = new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero),
    };

    /// <summary>What the lines make: the entries between bars, with what is still to come at the end.</summary>
    public static string Read(FtpListFormat format, string lines, FtpListContext? context = null) =>
        string.Join('|', Entries(format, lines, context).Select(Show));

    public static List<FtpEntry> Entries(FtpListFormat format, string lines, FtpListContext? context = null)
    {
        FtpListParser parser = format.CreateParser(context ?? Context);
        var entries = new List<FtpEntry>();
        foreach (string line in lines.Split('\n'))
        {
            if (Parse(parser, line) is { } entry) entries.Add(entry);
        }

        if (parser.End() is { } last) entries.Add(last);
        return entries;
    }

    /// <summary>One line alone, or <see cref="Nothing"/>, or <see cref="Refused"/>.</summary>
    public static string ReadLine(FtpListFormat format, string line, FtpListContext? context = null)
    {
        try
        {
            return Parse(format.CreateParser(context ?? Context), line) is { } entry ? Show(entry) : Nothing;
        }
        catch (WireFormatException failure)
        {
            Assert.DoesNotContain(failure.Message, char.IsControl);
            return Refused;
        }
    }

    /// <summary>Kind, name, size, time with its precision; then what else is told, each with its letter.</summary>
    public static string Show(FtpEntry entry)
    {
        var text = new StringBuilder();
        text.Append(entry.Kind).Append(' ').Append('<').Append(entry.Name).Append('>');
        if (entry.Size is { } size) text.Append(CultureInfo.InvariantCulture, $" {size}");
        if (entry.Modified is { } modified)
            text.Append(' ').Append(modified.ToString(Form(entry.ModifiedPrecision), CultureInfo.InvariantCulture));
        if (entry.Created is { } created) text.Append(CultureInfo.InvariantCulture, $" c={created:yyyy-MM-ddTHH:mm:ss}");
        if (entry.Permissions is { } permissions) text.Append(" p=").Append(permissions);
        if (entry.Mode is { } mode) text.Append(" m=").Append(Convert.ToString(mode, 8));
        if (entry.Owner is { } owner) text.Append(" o=").Append(owner);
        if (entry.Group is { } group) text.Append(" g=").Append(group);
        if (entry.LinkTarget is { } target) text.Append(" ->").Append(target);
        if (entry.UniqueId is { } unique) text.Append(" u=").Append(unique);
        return text.ToString();
    }

    private static string Form(FtpTimePrecision precision) => precision switch
    {
        FtpTimePrecision.Day => "yyyy-MM-dd",
        FtpTimePrecision.Minute => "yyyy-MM-ddTHH:mm",
        FtpTimePrecision.Second => "yyyy-MM-ddTHH:mm:ss",
        FtpTimePrecision.Millisecond => "yyyy-MM-ddTHH:mm:ss.fff",
        FtpTimePrecision.Tick => "yyyy-MM-ddTHH:mm:ss.fffffff",
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };

    // Latin-1, so that a table can hold any byte; between guards that a parser would take for more of the line.
    private static FtpEntry? Parse(FtpListParser parser, string line)
    {
        byte[] bytes = [.. " 7 -> ; \n"u8, .. Encoding.Latin1.GetBytes(line), .. "\n9 -> ; guard"u8];
        FtpEntry? entry = parser.Parse(bytes.AsSpan(9, line.Length));
        // The entry holds a copy.
        bytes.AsSpan().Fill((byte)'!');
        return entry;
    }
}
