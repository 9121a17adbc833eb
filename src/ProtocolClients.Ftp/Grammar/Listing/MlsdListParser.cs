using System.Text;

namespace ProtocolClients;

/// <summary>Listings of MLSD; see <see cref="MlsdLine"/>.</summary>
internal sealed class MlsdListParser(FtpListContext context) : ListDialect
{
    private readonly Source _source = new(context);

    protected override string Dialect => "MLSD";

    // Without facts it is any line with a space in front.
    public override bool MayBegin(ReadOnlySpan<byte> line) => line[0] != ' ';

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        if (!MlsdLine.TryRead(line, out MlsdLine read)) return ListOutcome.Foreign;
        if (read.IsSelfOrParent) return ListOutcome.Skip;
        entry = new FtpEntry(_source, line, read.NameStart, line.Length - read.NameStart, read.Kind, read.Size, read.Modified);
        return ListOutcome.Entry;
    }

    /// <summary>
    /// The entry of a line between the first and the last of the reply to MLST (RFC 3659 §7.2). The name is the last segment of the
    /// path that the server repeats, and the path is the one that was asked for.
    /// </summary>
    /// <param name="line">The line, with the space that it begins with.</param>
    /// <param name="context">The context; its directory is of no matter.</param>
    /// <param name="path">What was asked for.</param>
    /// <exception cref="WireFormatException">It is no such line.</exception>
    public static FtpEntry ParseReply(ReadOnlySpan<byte> line, FtpListContext context, FtpPath path)
    {
        if (ListText.HasControls(line)) throw ListText.Controls();
        // Some servers leave the space out; a second one begins an entry without facts.
        ReadOnlySpan<byte> text = line.StartsWith(" "u8) ? line[1..] : line;
        if (!MlsdLine.TryRead(text, out MlsdLine read)) throw ListText.Refused(line, "MLST");
        ReadOnlySpan<byte> name = text[read.NameStart..];
        int end = name.TrimEnd((byte)'/').Length;
        int start = name[..end].LastIndexOf((byte)'/') + 1;
        // The root has no name but its path.
        if (end == 0) (start, end) = (0, 1);
        return new FtpEntry(new Source(context), text, read.NameStart + start, end - start, read.Kind, read.Size, read.Modified) { Path = path };
    }

    private sealed class Source(FtpListContext context) : EntrySource(context)
    {
        public override EntryDetails Describe(ReadOnlySpan<byte> line)
        {
            if (!MlsdLine.TryRead(line, out MlsdLine read)) return EntryDetails.None;
            var facts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            EntryDetails details = new() { Facts = facts };
            ReadOnlySpan<byte> rest = line[..read.FactsLength];
            while (MlsdLine.Take(ref rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
            {
                facts.TryAdd(Context.Encoding.GetString(name), Context.Encoding.GetString(value));
            }

            return facts.Count == 0 ? EntryDetails.None : details with
            {
                Permissions = Fact("perm"),
                UniqueId = Fact("unique"),
                Owner = Fact("unix.ownername") ?? Fact("unix.owner") ?? Fact("unix.uid"),
                Group = Fact("unix.groupname") ?? Fact("unix.group") ?? Fact("unix.gid"),
                Created = Fact("create") is { } create && FtpTime.TryParse(Encoding.UTF8.GetBytes(create), out ListStamp time) ? time.Value : null,
                Mode = ModeOf(Fact("unix.mode")),
                LinkTarget = TargetOf(Fact("type")),
            };

            string? Fact(string name) => facts.GetValueOrDefault(name);
        }

        private static int? ModeOf(string? octal)
        {
            if (octal is null || octal.Length is 0 or > 7) return null;
            int mode = 0;
            foreach (char c in octal)
            {
                if (c is < '0' or > '7') return null;
                mode = (mode << 3) | (c - '0');
            }

            // Some send the type of the file in the bits above.
            return mode & 0xFFF;
        }

        private static string? TargetOf(string? type)
        {
            int equals = type?.IndexOf('=', StringComparison.Ordinal) ?? -1;
            if (equals < 0 || !MlsdLine.IsLink(Encoding.UTF8.GetBytes(type![(equals + 1)..]))) return null;
            int colon = type.IndexOf(':', equals);
            return colon < 0 || colon + 1 == type.Length ? null : type[(colon + 1)..];
        }
    }
}
