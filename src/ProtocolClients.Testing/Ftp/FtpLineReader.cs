using System.Buffers;

namespace ProtocolClients.Testing;

/// <summary>What came on the control connection: a line without its end, or why it is none.</summary>
/// <param name="Bytes">The line; what there was of it when it is none.</param>
/// <param name="Problem">What is wrong with it, for a person; null for a line.</param>
internal readonly record struct FtpLine(byte[] Bytes, string? Problem);

/// <summary>
/// Reads the lines of a control connection as a strict server does: CR LF ends them, and nothing else (RFC 959 §5.3.1, RFC 854);
/// Telnet commands are taken out (RFC 1123 §4.1.2.10). A cancelled read loses nothing.
/// </summary>
internal sealed class FtpLineReader(Stream stream, int maxLength)
{
    private const byte Iac = 255;
    private const byte Will = 251;

    private readonly byte[] _buffer = new byte[4096];
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _start;
    private int _end;
    private Telnet _telnet;
    private bool _afterReturn;
    private bool _tooLong;
    private string? _problem;

    private enum Telnet
    {
        None,
        Command,
        Option,
    }

    /// <summary>Bytes that were read and not looked at.</summary>
    public int Buffered => _end - _start;

    /// <summary>How often an IAC IP, IAC AO or IAC DM came: what goes before an urgent ABOR.</summary>
    public int Interrupts { get; private set; }

    /// <summary>Forgets what was read ahead.</summary>
    public void Discard() => _start = _end = 0;

    /// <summary>The next line; null at the end of the connection.</summary>
    public async ValueTask<FtpLine?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_start < _end)
            {
                byte value = _buffer[_start++];
                if (IsTelnet(ref value)) continue;
                if (Take(value) is { } line) return line;
            }

            int count = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0) return _line.WrittenCount > 0 ? End("The connection ended in the middle of a line.") : null;
            _start = 0;
            _end = count;
        }
    }

    private FtpLine? Take(byte value)
    {
        if (value == (byte)'\n')
        {
            if (!_afterReturn) _problem ??= "A line ended with LF alone.";
            return End(_tooLong ? $"A line of more than {maxLength} bytes." : _problem);
        }

        if (_afterReturn) _problem ??= "A CR stood inside a line.";
        _afterReturn = value == (byte)'\r';
        if (_afterReturn) return null;
        if (value == 0) _problem ??= "A NUL stood inside a line.";
        if (_line.WrittenCount == maxLength) _tooLong = true;
        else _line.Write([value]);
        return null;
    }

    private FtpLine End(string? problem)
    {
        var line = new FtpLine(_line.WrittenSpan.ToArray(), problem);
        _line.Clear();
        _afterReturn = false;
        _tooLong = false;
        _problem = null;
        return line;
    }

    // IAC IAC is the byte itself; an IAC before what is no command is a byte of a name that nobody doubled.
    private bool IsTelnet(ref byte value)
    {
        switch (_telnet)
        {
            case Telnet.Option:
                _telnet = Telnet.None;
                return true;
            case Telnet.Command:
                _telnet = value >= Will && value != Iac ? Telnet.Option : Telnet.None;
                if (value == Iac) return false;
                if (value is 242 or 244 or 245) Interrupts++;
                if (value >= 240) return true;
                Take(Iac);
                return false;
            default:
                if (value != Iac) return false;
                _telnet = Telnet.Command;
                return true;
        }
    }
}
