using System.Runtime.InteropServices;

namespace ProtocolClients.Tool;

/// <summary>
/// Standard output as bytes. A file that a shell opened for several commands has one position for all of them: it moves with write(2)
/// alone, while the platform's streams of files write at a position of their own. The platform's stream of the console moves it, but is
/// silent about a pipe that nobody reads any more, and a download into it would go on to its end.
/// </summary>
internal sealed class StandardOutput : Stream
{
    private const int Descriptor = 1;
    private const int Interrupted = 4;

    // EAGAIN, whose number differs: the other end made the stream of both one that does not wait.
    private static readonly int NotNow = OperatingSystem.IsLinux() ? 11 : 35;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = Write(Descriptor, in MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            if (error != NotNow) throw new IOException($"Standard output: {Marshal.GetPInvokeErrorMessage(error)}", error);
            var wait = new Wait { Descriptor = Descriptor, Events = Wait.Writable };
            _ = Poll(ref wait, 1, -1);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for two calls with nothing to marshal.
    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, in byte buffer, nuint count);

    // Three numbers of which one is a nuint on Linux and a uint elsewhere; 1 is the same in both.
    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Wait wait, nuint count, int milliseconds);
#pragma warning restore SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    private struct Wait
    {
        public const short Writable = 4;

        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
