namespace ProtocolClients;

/// <summary>
/// Reads the lines of one listing, in order. It holds what it has seen of that listing and is used by one task. Subclass it for a dialect
/// that is not among <see cref="FtpListFormat"/>'s.
/// </summary>
public abstract class FtpListParser
{
    /// <summary>Reads one line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <returns>
    /// The entry, or null when the line names none: a header or a total, a blank line, the directory itself and its parent, the first
    /// half of an entry in two lines.
    /// </returns>
    /// <exception cref="WireFormatException">The line is none of this dialect.</exception>
    public abstract FtpEntry? Parse(ReadOnlySpan<byte> line);

    /// <summary>Ends the listing.</summary>
    /// <returns>An entry whose second half never came; else null.</returns>
    /// <exception cref="WireFormatException">The listing may not end here.</exception>
#pragma warning disable CA1716 // A keyword of Visual Basic, where it is written in brackets.
    public virtual FtpEntry? End() => null;
#pragma warning restore CA1716
}
