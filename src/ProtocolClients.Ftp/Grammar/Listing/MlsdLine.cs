using System.Buffers.Binary;

namespace ProtocolClients;

/// <summary>
/// A line of MLSD, or of the reply to MLST behind its first space.
/// <code>
/// RFC 3659 §7.2:   entry    = [ facts ] SP pathname
///                  facts    = 1*( fact ";" )
///                  fact     = factname "=" value              ; names in any case, RCHAR; no ";" in a value
///                  size     = "Size" "=" *DIGIT     modify = "Modify" "=" time-val
///                  type-val = "File" / "cdir" / "pdir" / "dir" / "OS." name "=" type
/// </code>
/// The facts end at the first <c>"; "</c>, not at the first space: values with spaces (groups of a domain) are sent, names of facts without
/// a last semicolon too, and both are told apart by it. Of two facts of one name the first counts.
/// </summary>
internal readonly struct MlsdLine
{
    private MlsdLine(int factsLength, int nameStart)
    {
        FactsLength = factsLength;
        NameStart = nameStart;
    }

    public int FactsLength { get; }

    public int NameStart { get; }

    public FtpEntryKind Kind { get; private init; }

    /// <summary>Whether it tells of the directory that is listed, or of the one above it.</summary>
    public bool IsSelfOrParent { get; private init; }

    public long Size { get; private init; }

    public ListStamp Modified { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> line, out MlsdLine read)
    {
        read = default;
        if (!TryFacts(line, out int factsLength, out int nameStart) || nameStart >= line.Length) return false;
        FtpEntryKind kind = FtpEntryKind.Unknown;
        bool hasKind = false;
        bool self = false;
        long size = -1;
        ListStamp modified = ListStamp.None;
        ReadOnlySpan<byte> rest = line[..factsLength];
        while (Take(ref rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            if (name.IsEmpty) return false;
            if (name.Length == 4)
            {
                uint key = BinaryPrimitives.ReadUInt32BigEndian(name) | 0x20202020;
                if (key is Key.Size or Key.Sizd && size < 0)
                {
                    if (!ListText.TryLong(value, out size)) size = -1;
                }
                else if (key == Key.Type && !hasKind)
                {
                    hasKind = true;
                    kind = KindOf(value, out self);
                }
            }
            else if (name.Length == 6 && modified.Ticks < 0 && ListText.EqualsIgnoreCase(name, "modify"u8))
            {
                _ = FtpTime.TryParse(value, out modified);
            }
        }

        read = new MlsdLine(factsLength, nameStart) { Kind = kind, IsSelfOrParent = self, Size = size, Modified = modified };
        return true;
    }

    /// <summary>Takes one fact off; an empty name when it is malformed, false at the end.</summary>
    public static bool Take(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if (rest.IsEmpty) return false;
        int semicolon = rest.IndexOf((byte)';');
        ReadOnlySpan<byte> fact = semicolon < 0 ? rest : rest[..semicolon];
        rest = semicolon < 0 ? default : rest[(semicolon + 1)..];
        int equals = fact.IndexOf((byte)'=');
        if (equals <= 0) return true;
        name = fact[..equals];
        value = fact[(equals + 1)..];
        return true;
    }

    private static bool TryFacts(ReadOnlySpan<byte> line, out int factsLength, out int nameStart)
    {
        factsLength = 0;
        nameStart = 1;
        if (line.IsEmpty) return false;
        if (line[0] == ' ') return true;
        int end = line.IndexOf("; "u8);
        if (end >= 0)
        {
            factsLength = end + 1;
            nameStart = end + 2;
            return true;
        }

        factsLength = line.IndexOf((byte)' ');
        nameStart = factsLength + 1;
        return factsLength > 0;
    }

    private static FtpEntryKind KindOf(ReadOnlySpan<byte> value, out bool self)
    {
        self = false;
        switch (value.Length)
        {
            case 3 when ListText.EqualsIgnoreCase(value, "dir"u8):
                return FtpEntryKind.Directory;
            case 4 when ListText.EqualsIgnoreCase(value, "file"u8):
                return FtpEntryKind.File;
            case 4 when ListText.EqualsIgnoreCase(value, "cdir"u8) || ListText.EqualsIgnoreCase(value, "pdir"u8):
                self = true;
                return FtpEntryKind.Directory;
            case > 3 when ListText.StartsWithIgnoreCase(value, "os."u8):
                return KindOfSystem(value[(value.IndexOf((byte)'=') + 1)..]);
            default:
                return value.IsEmpty ? FtpEntryKind.Unknown : FtpEntryKind.Other;
        }
    }

    // What servers send is not registered: OS.unix=slink:/target, OS.unix=symlink, OS.unix=chr-13/29, …
    private static FtpEntryKind KindOfSystem(ReadOnlySpan<byte> type)
    {
        if (IsLink(type)) return FtpEntryKind.Link;
        if (ListText.EqualsIgnoreCase(type, "dir"u8)) return FtpEntryKind.Directory;
        return ListText.EqualsIgnoreCase(type, "file"u8) ? FtpEntryKind.File : FtpEntryKind.Other;
    }

    public static bool IsLink(ReadOnlySpan<byte> type) =>
        ListText.StartsWithIgnoreCase(type, "slink"u8) || ListText.StartsWithIgnoreCase(type, "symlink"u8) || ListText.EqualsIgnoreCase(type, "link"u8);

    private static class Key
    {
        public const uint Type = 't' << 24 | 'y' << 16 | 'p' << 8 | 'e';
        public const uint Size = 's' << 24 | 'i' << 16 | 'z' << 8 | 'e';

        // A directory's own size, as one server calls it.
        public const uint Sizd = 's' << 24 | 'i' << 16 | 'z' << 8 | 'd';
    }
}
