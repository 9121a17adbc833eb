using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What the server said to a command (RFC 959 §4.2).</summary>
public readonly struct FtpReply : IEquatable<FtpReply>
{
    private readonly CodedReply _reply;

    internal FtpReply(CodedReply reply) => _reply = reply;

    /// <summary>The code: 1yz begun, 2yz done, 3yz more is wanted, 4yz not now, 5yz no.</summary>
    public int Code => _reply.Code;

    /// <summary>The text without codes, lines joined by LF.</summary>
    public string Text => _reply.Text;

    /// <summary>The lines without codes.</summary>
    public IReadOnlyList<string> Lines => _reply.Lines;

    /// <summary>The whole reply as it came.</summary>
    public ReadOnlyMemory<byte> Raw => _reply.Raw;

    /// <summary>True for 2yz.</summary>
    public bool IsPositive => _reply.IsPositive;

    /// <summary>True for 1yz.</summary>
    public bool IsPreliminary => _reply.IsPreliminary;

    /// <summary>True for 3yz.</summary>
    public bool IsIntermediate => _reply.IsIntermediate;

    /// <summary>True for 4yz: a later attempt may succeed.</summary>
    public bool IsTransient => _reply.IsTransient;

    internal CodedReply Coded => _reply;

    /// <summary>The bytes of the first line without its code.</summary>
    internal ReadOnlySpan<byte> FirstLine => _reply.Line(0);

    /// <summary>True when both have the same bytes.</summary>
    /// <param name="left">One reply.</param>
    /// <param name="right">Another.</param>
    public static bool operator ==(FtpReply left, FtpReply right) => left.Equals(right);

    /// <summary>True when they differ.</summary>
    /// <param name="left">One reply.</param>
    /// <param name="right">Another.</param>
    public static bool operator !=(FtpReply left, FtpReply right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(FtpReply other) => _reply.Equals(other._reply);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FtpReply other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _reply.GetHashCode();

    /// <summary>The code and the first line.</summary>
    public override string ToString() => _reply.ToString();
}
