using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ProtocolClients.Transport;

/// <summary>
/// One command line, built whole before a byte of it is sent: what does not fit a line throws, and nothing has left. Secrets
/// are marked as they are written, so the wire log need not search for them. The line's CR LF is added when it is sent.
/// Reuse it by <see cref="Clear"/>.
/// </summary>
public sealed class CommandBuilder : IDisposable
{
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create("\r\n\0"u8);

    private readonly bool _utf8;
    private readonly List<Range> _secrets = [];
    private byte[] _buffer;
    private int _length;

    /// <summary>Makes an empty line.</summary>
    /// <param name="utf8">Whether text may go beyond ASCII, as UTF-8 (SMTPUTF8, FTP after OPTS UTF8 ON, IMAP UTF8=ACCEPT).</param>
    public CommandBuilder(bool utf8 = false)
    {
        _utf8 = utf8;
        _buffer = ArrayPool<byte>.Shared.Rent(256);
    }

    /// <summary>What was built so far, without the CR LF.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    internal List<Range> Secrets => _secrets;

    /// <summary>Appends text as it is: the verb, or a piece of the line.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The text has CR, LF or NUL, or cannot be encoded.</exception>
    public CommandBuilder Append(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Encode(text);
        return this;
    }

    /// <summary>Appends bytes as they are: a piece of the line that is encoded already.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="ArgumentException">The bytes have CR, LF or NUL.</exception>
    public CommandBuilder Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.ContainsAny(ControlBytes)) throw new ArgumentException("A command has a CR, LF or NUL byte.", nameof(bytes));
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    /// <summary>Appends a space, unless the line is empty, and an argument.</summary>
    /// <param name="text">The argument.</param>
    /// <exception cref="ArgumentException">The text has CR, LF or NUL, or cannot be encoded.</exception>
    public CommandBuilder Argument(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int before = _length;
        Separate();
        try
        {
            Encode(text);
        }
        catch
        {
            _length = before;
            throw;
        }

        return this;
    }

    /// <summary>Appends a space, unless the line is empty, and a secret argument: the wire log shows <c>***</c>.</summary>
    /// <param name="text">The secret.</param>
    /// <exception cref="ArgumentException">The text has CR, LF or NUL, or cannot be encoded; the message does not show it.</exception>
    public CommandBuilder Secret(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int before = _length;
        Separate();
        try
        {
            return AppendSecret(text);
        }
        catch
        {
            _length = before;
            throw;
        }
    }

    /// <summary>Appends a secret as it is, without a space: a part of a quoted string, for example.</summary>
    /// <param name="text">The secret.</param>
    /// <exception cref="ArgumentException">The text has CR, LF or NUL, or cannot be encoded; the message does not show it.</exception>
    public CommandBuilder AppendSecret(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int start = _length;
        Encode(text);
        _secrets.Add(start.._length);
        return this;
    }

    /// <summary>Empties the line for the next command; what was in it is overwritten when it held a secret.</summary>
    public void Clear()
    {
        if (_secrets.Count > 0) _buffer.AsSpan(0, _length).Clear();
        _secrets.Clear();
        _length = 0;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        Clear();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>The line with every secret as <c>***</c>.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Redaction.Redact(Bytes, _secrets));

    private void Separate()
    {
        if (_length == 0) return;
        Room(1)[0] = (byte)' ';
        _length++;
    }

    private void Encode(string text)
    {
        if (WireText.HasControls(text)) throw new ArgumentException("The text of a command has a CR, LF or NUL character.", nameof(text));
        if (!_utf8 && !Ascii.IsValid(text)) throw new ArgumentException("The text of a command has a character beyond ASCII, and the peer has not agreed to UTF-8.", nameof(text));
        Span<byte> room = Room(text.Length * 3);
        if (Utf8.FromUtf16(text, room, out _, out int written, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new ArgumentException("The text of a command has half of a surrogate pair.", nameof(text));
        _length += written;
    }

    private Span<byte> Room(int count)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        if (_buffer.Length - _length < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + count));
            Bytes.CopyTo(larger);
            // Cleared: a line may hold a secret, and the pool hands arrays to anyone.
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
