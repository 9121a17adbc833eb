namespace ProtocolClients;

/// <summary>What a dialect makes of a line.</summary>
internal enum ListOutcome
{
    /// <summary>It is no line of this dialect.</summary>
    Foreign,

    /// <summary>It is one, and names no entry.</summary>
    Skip,

    /// <summary>It names an entry.</summary>
    Entry,
}

/// <summary>A parser that says that a line is none of its own without an exception, so that another can be tried.</summary>
internal abstract class ListDialect : FtpListParser
{
    /// <summary>The dialect's name, for messages.</summary>
    protected abstract string Dialect { get; }

    /// <summary>Whether a first half waits for its second.</summary>
    public virtual bool IsWaiting => false;

    /// <summary>Whether a line may be the first that tells of this dialect: one that many could be may not.</summary>
    public virtual bool MayBegin(ReadOnlySpan<byte> line) => true;

    /// <summary>Reads one line, which has no CR, LF or NUL and is not blank. The directory itself and the one above are no entries.</summary>
    public ListOutcome Read(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        ListOutcome outcome = ReadLine(line, out entry);
        if (entry is null || !ListText.IsDots(entry.RawName.Span)) return outcome;
        entry = null;
        return ListOutcome.Skip;
    }

    public sealed override FtpEntry? Parse(ReadOnlySpan<byte> line)
    {
        if (ListText.IsBlank(line)) return null;
        return Read(line, out FtpEntry? entry) == ListOutcome.Foreign ? throw ListText.Refused(line, Dialect) : entry;
    }

    public sealed override FtpEntry? End() => ReadEnd() is { } last && !ListText.IsDots(last.RawName.Span) ? last : null;

    /// <summary>What the dialect makes of a line.</summary>
    protected abstract ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry);

    /// <summary>The entry that waited for its second half.</summary>
    protected virtual FtpEntry? ReadEnd() => null;
}
