using System.Text;

namespace ProtocolClients;

/// <summary>
/// A path or a name on a server: text that is encoded as the connection's encoding says, or the very bytes that a server sent. A
/// <see cref="string"/> converts. It is sent exactly as it is or refused (CR, LF, NUL), never rewritten: relative to the folder of the
/// login unless it begins with a slash, in the server's own syntax.
/// </summary>
public readonly struct FtpPath : IEquatable<FtpPath>
{
    private readonly string? _text;
    private readonly ReadOnlyMemory<byte> _bytes;

    private FtpPath(string? text, ReadOnlyMemory<byte> bytes)
    {
        _text = text;
        _bytes = bytes;
    }

    /// <summary>True when it names nothing: the working directory, where a directory is asked for.</summary>
    public bool IsEmpty => _bytes.IsEmpty && string.IsNullOrEmpty(_text);

    /// <summary>True when it is made of bytes: names that are text in no encoding keep working.</summary>
    public bool IsExact => !_bytes.IsEmpty;

    /// <summary>A path of text.</summary>
    /// <param name="text">The path; encoded when it is sent.</param>
    public static implicit operator FtpPath(string text) => FromString(text);

    /// <summary>True when both are the same text, or the same bytes.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">Another.</param>
    public static bool operator ==(FtpPath left, FtpPath right) => left.Equals(right);

    /// <summary>True when they differ.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">Another.</param>
    public static bool operator !=(FtpPath left, FtpPath right) => !left.Equals(right);

    /// <summary>A path of text.</summary>
    /// <param name="text">The path; encoded when it is sent.</param>
    public static FtpPath FromString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new FtpPath(text, default);
    }

    /// <summary>A path of bytes, which are sent as they are.</summary>
    /// <param name="bytes">The bytes; copied.</param>
    public static FtpPath FromBytes(ReadOnlySpan<byte> bytes) => new(null, bytes.ToArray());

    /// <summary>The path of a name in this directory: a slash between them unless one is there.</summary>
    /// <param name="name">The name.</param>
    public FtpPath Combine(FtpPath name) => Combine(name, Encoding.UTF8);

    /// <summary>As <see cref="Combine(FtpPath)"/>, where one of the two is bytes and the other text in another encoding than UTF-8.</summary>
    /// <param name="name">The name.</param>
    /// <param name="encoding">The connection's encoding, for the one that is text.</param>
    /// <exception cref="ArgumentException">The text has a character that the encoding lacks.</exception>
    public FtpPath Combine(FtpPath name, Encoding encoding)
    {
        if (IsEmpty) return name;
        if (!IsExact && !name.IsExact)
            return new FtpPath(_text!.EndsWith('/') ? _text + name._text : _text + "/" + name._text, default);
        ReadOnlySpan<byte> folder = Encode(encoding);
        ReadOnlySpan<byte> last = name.Encode(encoding);
        return new FtpPath(null, folder[^1] == '/' ? (byte[])[.. folder, .. last] : [.. folder, (byte)'/', .. last]);
    }

    /// <summary>The path with something behind its last name.</summary>
    /// <param name="ending">ASCII text, such as <c>.part</c>.</param>
    public FtpPath WithEnding(string ending)
    {
        ArgumentNullException.ThrowIfNull(ending);
        return IsExact ? FromBytes([.. _bytes.Span, .. Encoding.ASCII.GetBytes(ending)]) : FromString(_text + ending);
    }

    /// <summary>The bytes that are sent.</summary>
    /// <param name="encoding">The connection's encoding, for text.</param>
    /// <exception cref="ArgumentException">The text has a character that the encoding lacks.</exception>
    public ReadOnlySpan<byte> Encode(Encoding encoding)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        if (IsExact) return _bytes.Span;
        byte[] bytes = encoding.GetBytes(_text ?? string.Empty);
        // Encodings put a question mark in the place of what they lack: another name.
        if (!Ascii.IsValid(_text) && encoding.GetString(bytes) != _text) throw new ArgumentException("The path has a character that the encoding lacks.", nameof(encoding));
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(FtpPath other) => IsExact || other.IsExact
        ? _bytes.Span.SequenceEqual(other._bytes.Span)
        : string.Equals(_text ?? string.Empty, other._text ?? string.Empty, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FtpPath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (!IsExact) return string.GetHashCode(_text ?? string.Empty, StringComparison.Ordinal);
        var hash = default(HashCode);
        hash.AddBytes(_bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>The path for people: bytes as UTF-8, with U+FFFD for what is none.</summary>
    public override string ToString() => IsExact ? Encoding.UTF8.GetString(_bytes.Span) : _text ?? string.Empty;
}
