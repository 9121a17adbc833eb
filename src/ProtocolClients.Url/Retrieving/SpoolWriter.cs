using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Takes content into memory, and from the first byte too many on into a file that nobody else can open.</summary>
internal sealed class SpoolWriter(long memoryLimit, long limit) : IAsyncDisposable
{
    private Stream? _stream = new MemoryStream();

    public long Length { get; private set; }

    public async Task FillAsync(Stream source, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            while (true)
            {
                int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read == 0) return;
                if (read > limit - Length) throw new WireLimitException("SpoolAsync", limit, "The content exceeds the limit that was given for it.");
                if (_stream is MemoryStream memory && Length + read > memoryLimit) await SpillAsync(memory, cancellationToken).ConfigureAwait(false);
                await _stream!.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                Length += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The stream, at its beginning; from now on the caller's.</summary>
    public Stream Detach()
    {
        Stream stream = _stream!;
        _stream = null;
        stream.Position = 0;
        return stream;
    }

    public ValueTask DisposeAsync() => _stream?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task SpillAsync(MemoryStream memory, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(TemporaryFolder.Current.NewName(), options);
        _stream = file;
        memory.Position = 0;
        await memory.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
        await memory.DisposeAsync().ConfigureAwait(false);
    }
}
