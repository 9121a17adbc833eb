using System.Text;

namespace ProtocolClients.Tool;

/// <summary>
/// Standard error, which may be closed, or lie on a full disk: what cannot be told is no reason to break off what is under way. Once it
/// failed it stays silent.
/// </summary>
internal sealed class ForgivingWriter(TextWriter inner) : TextWriter
{
    private volatile bool _failed;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_failed) return;
        try
        {
            write();
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            _failed = true;
        }
    }
}
