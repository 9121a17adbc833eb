namespace ProtocolClients.Testing;

/// <summary>A file that is being received. It stands in its place only when it is kept.</summary>
internal abstract class FtpUpload : IAsyncDisposable
{
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Puts what came in its place.</summary>
    public abstract ValueTask KeepAsync();

    public abstract ValueTask DisposeAsync();
}

internal sealed partial class FtpTree
{
    /// <summary>Whether a file may be put there, at the end of links; a directory is no such place.</summary>
    public bool CanStore(string key) =>
        key.Length > 0 && !IsDirectory(key) && IsDirectory(FolderIndex.Parent(key)) && files.TryPlace(key, out _);

    /// <summary>Begins a file, at an offset of the one that is there; what is behind the last byte written stays when it is not zero.</summary>
    public async ValueTask<FtpUpload> StoreAsync(string key, long offset, CancellationToken cancellationToken)
    {
        files.TryPlace(key, out string? local);
        if (local is null)
        {
            var upload = new MemoryUpload(this, key);
            if (offset > 0 && File(key) is { } file) await upload.BeginAsync(file, offset, cancellationToken).ConfigureAwait(false);
            return upload;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(local)!);
        return new DiskUpload(local, offset);
    }

    private void Put(string key, byte[] content, int length) =>
        files[key] = MockFile.Owning(content.AsMemory(0, length), Now);

    private sealed class MemoryUpload(FtpTree tree, string key) : FtpUpload
    {
        private readonly MemoryStream _content = new();

        public async ValueTask BeginAsync(MockFile file, long offset, CancellationToken cancellationToken)
        {
            using MockFile.Reader reader = file.Open();
            byte[] piece = new byte[64 * 1024];
            int count;
            while ((count = await reader.ReadAsync(piece, _content.Length, cancellationToken).ConfigureAwait(false)) > 0) _content.Write(piece, 0, count);
            _content.Position = offset;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _content.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }

        public override ValueTask KeepAsync()
        {
            tree.Put(key, _content.GetBuffer(), (int)_content.Length);
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync() => _content.DisposeAsync();
    }

    private sealed class DiskUpload : FtpUpload
    {
        private readonly string _local;
        private readonly string _part;
        private readonly FileStream _stream;
        private readonly long _offset;
        private bool _kept;

        public DiskUpload(string local, long offset)
        {
            _local = local;
            _offset = offset;
            _part = offset > 0 ? local : $"{local}.{Guid.NewGuid():N}.part";
            _stream = new FileStream(
                _part, offset > 0 ? FileMode.OpenOrCreate : FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1, FileOptions.Asynchronous);
            _stream.Position = offset;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            _stream.WriteAsync(bytes, cancellationToken);

        public override async ValueTask KeepAsync()
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
            if (_offset == 0) System.IO.File.Move(_part, _local, overwrite: true);
            _kept = true;
        }

        public override async ValueTask DisposeAsync()
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
            if (_kept || _offset > 0) return;
            try
            {
                System.IO.File.Delete(_part);
            }
            catch (Exception failure) when (DiskRefusal.Is(failure))
            {
                // The failure that ended the transfer is the one to tell.
            }
        }
    }
}
