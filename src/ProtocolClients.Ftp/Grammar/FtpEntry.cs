using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// One entry of a listing, as the server told it. Its names are not checked beyond CR, LF and NUL, which no name has: before one becomes
/// part of a local path it goes through <see cref="Transport.SafeFileName"/>. Equal to another that says the same.
/// </summary>
public sealed record FtpEntry
{
    private readonly EntrySource _source;
    private readonly byte[] _line;
    private readonly long _size = -1;
    private readonly long _modified = -1;
    private readonly int _nameStart;
    private readonly int _nameLength;
    private readonly short _modifiedOffset;
    private readonly FtpTimePrecision _modifiedPrecision;
    private readonly bool _hasLine;

    // Read when they are asked for; two tasks that ask at once make the same twice.
    private string? _name;
    private EntryDetails? _details;

    /// <summary>An entry of a parser of one's own: the properties are set by an initializer.</summary>
    /// <param name="context">The context of the listing.</param>
    /// <param name="line">The line; copied.</param>
    /// <param name="name">Where the name stands in it.</param>
    /// <exception cref="WireFormatException">The name is empty, or has a CR, LF or NUL.</exception>
    public FtpEntry(FtpListContext context, ReadOnlySpan<byte> line, Range name)
    {
        ArgumentNullException.ThrowIfNull(context);
        (_nameStart, _nameLength) = name.GetOffsetAndLength(line.Length);
        if (_nameLength == 0) throw new WireFormatException("A line of a listing has no name.");
        if (ListText.HasControls(line.Slice(_nameStart, _nameLength))) throw ListText.Controls();
        _source = new EntrySource(context);
        _line = line.ToArray();
        _hasLine = true;
    }

    /// <summary>An entry that no listing told, for example of a server that lists nothing about a single file.</summary>
    /// <param name="directory">The directory that it lies in.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="encoding">The connection's encoding; null for UTF-8.</param>
    /// <exception cref="ArgumentException">The name is empty, has a CR, LF or NUL, or a character that the encoding lacks.</exception>
    public FtpEntry(FtpPath directory, FtpPath name, Encoding? encoding = null)
    {
        _line = name.Encode(encoding ?? Encoding.UTF8).ToArray();
        if (_line.Length == 0) throw new ArgumentException("An entry has a name.", nameof(name));
        if (ListText.HasControls(_line)) throw new ArgumentException("A name has a CR, LF or NUL character.", nameof(name));
        _nameLength = _line.Length;
        _source = new EntrySource(new FtpListContext { Directory = directory, Encoding = encoding ?? Encoding.UTF8, Now = default });
    }

    /// <summary>An entry of a dialect of ours, which has checked the line.</summary>
    internal FtpEntry(
        EntrySource source,
        ReadOnlySpan<byte> line,
        int nameStart,
        int nameLength,
        FtpEntryKind kind,
        long size,
        in ListStamp modified,
        EntryDetails? details = null)
    {
        _details = details;
        _source = source;
        _line = line.ToArray();
        _hasLine = true;
        _nameStart = nameStart;
        _nameLength = nameLength;
        Kind = kind;
        _size = size;
        _modified = modified.Ticks;
        _modifiedOffset = modified.OffsetMinutes;
        _modifiedPrecision = modified.Precision;
    }

    /// <summary>The name, decoded as the listing's encoding says, with U+FFFD for bytes that are no text in it.</summary>
    public string Name => _name ??= _source.Context.Encoding.GetString(RawName.Span);

    /// <summary>The name's bytes as the server sent them.</summary>
    public ReadOnlyMemory<byte> RawName => _line.AsMemory(_nameStart, _nameLength);

    /// <summary>
    /// Where it is: the directory and the name. It is text when the name's text encodes to the very bytes that the server sent, else
    /// those bytes, so that what was listed can be asked for whatever its encoding is.
    /// </summary>
    public FtpPath Path
    {
        get
        {
            if (_details?.Path is { } path) return path;
            Encoding encoding = _source.Context.Encoding;
            FtpPath name = encoding.GetBytes(Name).AsSpan().SequenceEqual(RawName.Span) ? Name : FtpPath.FromBytes(RawName.Span);
            return _source.Context.Directory.Combine(name, encoding);
        }

        init => _details = Details with { Path = value };
    }

    /// <summary>What it is.</summary>
    public FtpEntryKind Kind { get; init; }

    /// <summary>The size in bytes as the server tells it; null where it tells none, or counts something else than bytes (blocks, records).</summary>
    public long? Size
    {
        get => _size < 0 ? null : _size;
        init => _size = value is null or >= 0 ? value ?? -1 : throw new ArgumentOutOfRangeException(nameof(value), value, "A size is not negative.");
    }

    /// <summary>When it was last changed; null where the server tells no time that can be read.</summary>
    public DateTimeOffset? Modified
    {
        get => new ListStamp(_modified, _modifiedOffset, _modifiedPrecision).Value;
        init
        {
            _modified = value?.Ticks ?? -1;
            _modifiedOffset = (short)(value?.TotalOffsetMinutes ?? 0);
            if (value is null) _modifiedPrecision = FtpTimePrecision.None;
            else if (_modifiedPrecision == FtpTimePrecision.None) _modifiedPrecision = FtpTimePrecision.Second;
        }
    }

    /// <summary>How exactly <see cref="Modified"/> is known: two times differ only as far as the coarser one tells.</summary>
    public FtpTimePrecision ModifiedPrecision
    {
        get => _modifiedPrecision;
        init => _modifiedPrecision = value;
    }

    /// <summary>When it was made; null where the server tells nothing of it.</summary>
    public DateTimeOffset? Created
    {
        get => Details.Created;
        init => _details = Details with { Created = value };
    }

    /// <summary>What may be done with it, as the server wrote it: the letters of the fact <c>perm</c> (RFC 3659 §7.5.5), or <c>rwxr-xr-x</c>, or the
    /// letters of another system; null where it tells none.</summary>
    public string? Permissions
    {
        get => Details.Permissions;
        init => _details = Details with { Permissions = value };
    }

    /// <summary>The twelve bits of a Unix mode, 0 to 07777; null where the server tells none.</summary>
    public int? Mode
    {
        get => Details.Mode;
        init => _details = Details with { Mode = value };
    }

    /// <summary>The owner's name or number; null where the server tells none.</summary>
    public string? Owner
    {
        get => Details.Owner;
        init => _details = Details with { Owner = value };
    }

    /// <summary>The group's name or number; null where the server tells none.</summary>
    public string? Group
    {
        get => Details.Group;
        init => _details = Details with { Group = value };
    }

    /// <summary>Where a link leads, as the server wrote it; null when it is none, or the server does not tell.</summary>
    public string? LinkTarget
    {
        get => Details.LinkTarget;
        init => _details = Details with { LinkTarget = value };
    }

    /// <summary>Equal for two names of one file (the fact <c>unique</c>, RFC 3659 §7.5.2); null where the server tells none.</summary>
    public string? UniqueId
    {
        get => Details.UniqueId;
        init => _details = Details with { UniqueId = value };
    }

    /// <summary>All facts of a line of MLSD or MLST, also those that are unknown here, by their names in any case (RFC 3659 §7.5); else empty.</summary>
    public IReadOnlyDictionary<string, string> Facts
    {
        get => Details.Facts;
        init => _details = Details with { Facts = value };
    }

    /// <summary>The line as the server sent it, without its end; an entry in two lines has them joined by LF. Empty when there was none.</summary>
    public ReadOnlyMemory<byte> RawLine => _hasLine ? _line : default;

    private EntryDetails Details => _details ??= _source.Describe(_line);

    /// <inheritdoc/>
    public bool Equals(FtpEntry? other) => ReferenceEquals(this, other) || (other is not null
        && _line.AsSpan().SequenceEqual(other._line)
        && RawName.Span.SequenceEqual(other.RawName.Span)
        && Kind == other.Kind
        && _size == other._size
        && Modified == other.Modified
        && _modifiedPrecision == other._modifiedPrecision
        && string.Equals(Name, other.Name, StringComparison.Ordinal)
        && Path == other.Path
        && Created == other.Created
        && string.Equals(Permissions, other.Permissions, StringComparison.Ordinal)
        && Mode == other.Mode
        && string.Equals(Owner, other.Owner, StringComparison.Ordinal)
        && string.Equals(Group, other.Group, StringComparison.Ordinal)
        && string.Equals(LinkTarget, other.LinkTarget, StringComparison.Ordinal)
        && string.Equals(UniqueId, other.UniqueId, StringComparison.Ordinal)
        && Facts.Count == other.Facts.Count
        && Facts.All(fact => other.Facts.TryGetValue(fact.Key, out string? value) && value == fact.Value));

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_line);
        hash.Add(Kind);
        hash.Add(_size);
        return hash.ToHashCode();
    }

    /// <summary>Its kind, path, size and time, for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Path} {Size} {Modified:O}").TrimEnd();
}
